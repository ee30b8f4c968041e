using System.Globalization;
using System.Net;

namespace Evently.Shared.Tests.Http;

public sealed class RateLimiting
{
    private static readonly Dictionary<string, string?> Strict = new()
    {
        ["Evently:RateLimiting:Enabled"] = "true",
        ["Evently:RateLimiting:PerSecond"] = "1",
        ["Evently:RateLimiting:Burst"] = "3",
    };

    [Fact]
    public async Task Beyond_its_burst_a_caller_is_told_when_to_come_back()
    {
        await using var app = await HttpApp.StartAsync(Strict);
        for (var i = 0; i < 3; i++)
        {
            using var within = await app.SendAsync(HttpMethod.Get, "/tickets");
            Assert.Equal(HttpStatusCode.OK, within.StatusCode);
        }

        using var beyond = await app.SendAsync(HttpMethod.Get, "/tickets");
        await beyond.ProblemAsync(429, "rate_limited");
        Assert.InRange(beyond.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 3);
    }

    [Fact]
    public async Task Signed_in_callers_have_buckets_of_their_own()
    {
        await using var app = await HttpApp.StartAsync(Strict);
        for (var i = 0; i < 4; i++)
            (await app.SendAsync(HttpMethod.Get, "/tickets")).Dispose();
        using var user = await app.SendAsync(HttpMethod.Get, "/tickets", token: app.Token("user-1", []));
        using var forged = await app.SendAsync(HttpMethod.Get, "/tickets", token: app.Token("user-2", [], key: "another key that is also long enough to sign"));
        Assert.Equal(HttpStatusCode.OK, user.StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, forged.StatusCode);
    }

    [Fact]
    public async Task A_forwarded_address_counts_only_from_a_trusted_proxy()
    {
        await using var direct = await HttpApp.StartAsync(Strict);
        await using var behindProxy = await HttpApp.StartAsync(new(Strict) { ["Evently:Proxies:Trusted:0"] = "127.0.0.0/8" });
        Assert.Equal(HttpStatusCode.TooManyRequests, await FourthAsync(direct));
        Assert.Equal(HttpStatusCode.OK, await FourthAsync(behindProxy));

        static async Task<HttpStatusCode> FourthAsync(HttpApp app)
        {
            var status = default(HttpStatusCode);
            for (var i = 0; i < 4; i++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "/tickets");
                request.Headers.Add("X-Forwarded-For", $"203.0.113.{i}");
                using var answer = await app.Http.SendAsync(request, TestContext.Current.CancellationToken);
                status = answer.StatusCode;
            }

            return status;
        }
    }

    /// <summary>Each proxy appends the address that it was called from; what stands left of the buyer's own is what the buyer claims.</summary>
    [Theory]
    [InlineData(1, "{0}")]
    [InlineData(1, "claimed-{1}, {0}")]
    [InlineData(2, "{0}, 10.0.0.7")]
    [InlineData(2, "198.51.100.{1}, {0}, 10.0.0.7")]
    [InlineData(3, "{0}, 10.0.0.8, 10.0.0.7")]
    [InlineData(3, "10.0.0.9, 198.51.100.{1}, {0}, 10.0.0.8, 10.0.0.7")]
    [InlineData(3, "{0}, 10.0.0.7")]
    public async Task Behind_a_chain_of_proxies_each_buyer_has_a_limit_whatever_buyers_claim(int limit, string header)
    {
        await using var app = await HttpApp.StartAsync(new(Strict)
        {
            ["Evently:Proxies:Trusted:0"] = "127.0.0.0/8",
            ["Evently:Proxies:Trusted:1"] = "10.0.0.0/24",
            ["Evently:Proxies:ForwardLimit"] = limit.ToString(CultureInfo.InvariantCulture),
        });

        for (var i = 0; i < 8; i++)
            Assert.Equal(HttpStatusCode.OK, await AskAsync($"203.0.113.{i}", i));
        HttpStatusCode[] same = [await AskAsync("203.0.113.99", 1), await AskAsync("203.0.113.99", 2), await AskAsync("203.0.113.99", 3), await AskAsync("203.0.113.99", 4)];
        Assert.Equal(HttpStatusCode.TooManyRequests, same[^1]);

        async Task<HttpStatusCode> AskAsync(string buyer, int claim)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/tickets");
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", string.Format(CultureInfo.InvariantCulture, header, buyer, claim));
            using var answer = await app.Http.SendAsync(request, TestContext.Current.CancellationToken);
            return answer.StatusCode;
        }
    }

    /// <summary>One proxy more than was said: the hop before the last counts, and everybody behind it shares a limit. Wrong, but never a way around the limit.</summary>
    [Fact]
    public async Task A_chain_that_is_longer_than_configured_limits_the_proxy()
    {
        await using var app = await HttpApp.StartAsync(new(Strict) { ["Evently:Proxies:Trusted:0"] = "127.0.0.0/8", ["Evently:Proxies:Trusted:1"] = "10.0.0.0/24" });
        var status = default(HttpStatusCode);
        for (var i = 0; i < 4; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/tickets");
            request.Headers.Add("X-Forwarded-For", $"203.0.113.{i}, 10.0.0.7");
            using var answer = await app.Http.SendAsync(request, TestContext.Current.CancellationToken);
            status = answer.StatusCode;
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, status);
    }
}
