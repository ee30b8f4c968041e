using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Evently.Shared.Tests.Http;

public sealed class ErrorAnswers(HttpAppFixture fixture) : IClassFixture<HttpAppFixture>
{
    private readonly HttpApp _app = fixture.App;

    [Fact]
    public async Task An_address_without_an_endpoint_is_not_found() =>
        await (await _app.SendAsync(HttpMethod.Get, "/nowhere")).ProblemAsync(404, "not_found");

    [Fact]
    public async Task A_method_that_an_address_does_not_take_is_not_allowed()
    {
        using var answer = await _app.SendAsync(HttpMethod.Delete, "/tickets");
        await answer.ProblemAsync(405, "method_not_allowed");
        Assert.Contains("POST", answer.Content.Headers.Allow);
    }

    [Fact]
    public async Task A_bug_tells_the_caller_nothing_but_a_trace_id()
    {
        using var answer = await _app.SendAsync(HttpMethod.Get, "/bug");
        var problem = await answer.ProblemAsync(500, "internal_error");
        Assert.DoesNotContain("secret", problem.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_cannot_answer_gives_503_with_a_time_to_come_back()
    {
        using var answer = await _app.SendAsync(HttpMethod.Get, "/storeless");
        var problem = await answer.ProblemAsync(503, "unavailable");
        Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter?.Delta);
        Assert.DoesNotContain("partition", problem.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_value_of_the_wrong_kind_names_its_parameter()
    {
        var problem = await (await _app.SendAsync(HttpMethod.Get, "/tickets?limit=many")).ProblemAsync(400, "validation_failed");
        Assert.Equal(["limit"], problem["errors"]!.AsObject().Select(error => error.Key));
    }

    [Theory]
    [InlineData("/tickets?name=%00")]
    [InlineData("/tickets?name=a%0Ab")]
    [InlineData("/tickets?%01=a")]
    [InlineData("/tickets?name=%C3%28")]
    [InlineData("/tickets?name=%ED%A0%80")]
    [InlineData("/echo/%01")]
    [InlineData("/echo/a%7Fb")]
    [InlineData("/echo/%C3%28")]
    public async Task Control_characters_and_broken_unicode_in_the_address_are_refused(string address)
    {
        var (status, body) = await RawAsync($"GET {address} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.Equal(400, status);
        Assert.Contains("invalid_characters", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/echo/%00")]
    [InlineData("/echo/../../etc/passwd")]
    [InlineData("/echo/%2e%2e%2f")]
    public async Task No_odd_path_is_an_error_of_the_server(string address)
    {
        var (status, _) = await RawAsync($"GET {address} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.InRange(status, 200, 499);
    }

    [Fact]
    public async Task Head_works_where_get_does_and_sends_no_body()
    {
        using var head = await _app.SendAsync(HttpMethod.Head, "/tickets?name=a");
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal("application/json", head.Content.Headers.ContentType?.MediaType);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Every_answer_carries_the_security_headers()
    {
        foreach (var path in (string[])["/tickets", "/nowhere", "/bug", "/me"])
        {
            using var answer = await _app.SendAsync(HttpMethod.Get, path);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("DENY", Assert.Single(answer.Headers.GetValues("X-Frame-Options")));
            Assert.Contains("default-src 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
            Assert.False(answer.Headers.Contains("Server"));
        }
    }

    [Fact]
    public async Task Json_is_compressed_on_request()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/echo/" + new string('a', 2_000));
        request.Headers.Add("Accept-Encoding", "gzip");
        using var answer = await _app.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(["gzip"], answer.Content.Headers.ContentEncoding);
    }

    [Fact]
    public async Task Another_origin_gets_no_leave_unless_it_is_configured()
    {
        await using var open = await HttpApp.StartAsync(new() { ["Evently:Cors:Origins:0"] = "https://shop.example" });
        Assert.Null(await AllowedAsync(_app));
        Assert.Equal("https://shop.example", await AllowedAsync(open));

        static async Task<string?> AllowedAsync(HttpApp app)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/tickets");
            request.Headers.Add("Origin", "https://shop.example");
            using var answer = await app.Http.SendAsync(request, TestContext.Current.CancellationToken);
            return answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values.Single() : null;
        }
    }

    // HttpClient would tidy the address up.
    private async Task<(int Status, string Text)> RawAsync(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_app.Http.BaseAddress!.Host, _app.Http.BaseAddress.Port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var text = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        return (int.Parse(text.AsSpan("HTTP/1.1 ".Length, 3), System.Globalization.CultureInfo.InvariantCulture), text);
    }
}
