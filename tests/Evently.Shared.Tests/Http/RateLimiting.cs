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
}
