namespace Evently.Api.Tests.Conventions;

public sealed class HttpTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Theory]
    [InlineData("/nowhere")]
    [InlineData("/venue/a/b/c")]
    [InlineData("/events/x/y/z")]
    public async Task An_unknown_path_is_a_problem_404(string path)
    {
        (await _world.Anonymous.GetAsync(path)).IsProblem(404);
        (await (await _world.CustomerAsync()).Api.GetAsync(path)).IsProblem(404);
    }

    [Theory]
    [InlineData("DELETE", "/venue")]
    [InlineData("PUT", "/events")]
    [InlineData("GET", "/user")]
    [InlineData("POST", "/health")]
    [InlineData("DELETE", "/events/event-00000000000000000000000000")]
    public async Task A_verb_that_a_path_lacks_is_a_problem_405_that_names_the_others(string verb, string path)
    {
        var refused = (await (await _world.AdminAsync()).Api.SendAsync(new HttpMethod(verb), path)).IsProblem(405);

        Assert.False(string.IsNullOrEmpty(refused.Header("Allow")), refused.ToString());
    }

    [Fact]
    public async Task The_address_itself_shows_a_page_with_the_way_on()
    {
        var page = (await _world.Anonymous.GetAsync("/", ("Accept", "text/html"))).Is(200);
        Assert.Equal("text/html", page.ContentType);
        foreach (var way in (string[])["/docs", "/openapi/v1.json", "/events", "/health"])
            Assert.Contains($"href=\"{way}\"", page.Text, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", page.Header("Content-Security-Policy"), StringComparison.Ordinal);
        var docs = (await _world.Anonymous.GetAsync("/docs/")).Is(200).Text;
        Assert.Contains("<title>Evently</title>", docs, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json; charset=\"utf-8\"", 401)]
    [InlineData("application/json; charset=UTF-8", 401)]
    [InlineData("application/json;charset=utf8", 401)]
    [InlineData("application/json; charset=utf-16", 415)]
    [InlineData("application/json; charset=klingon", 415)]
    [InlineData("application/json; charset=\"", 415)]
    [InlineData("text/plain", 415)]
    [InlineData("nonsense", 415)]
    public async Task A_body_is_json_in_utf_8_however_that_is_said(string contentType, int status)
    {
        using var body = new ByteArrayContent([.. "{\"email\":\"nobody@evently.test\",\"password\":\"not the password\"}"u8]);
        Assert.True(body.Headers.TryAddWithoutValidation("Content-Type", contentType));
        (await _world.Anonymous.SendAsync(HttpMethod.Post, "/user/token", body)).IsProblem(status);
    }

    [Fact]
    public async Task Headers_of_any_content_break_nothing()
    {
        string[] names = ["Accept", "Accept-Encoding", "Accept-Language", "Prefer", "If-None-Match", "If-Modified-Since", "Range", "Idempotency-Key", "Authorization", "Origin", "X-Forwarded-For", "traceparent"];
        string[] values = ["\"", ";;;", "*/*;q=2", "a/b;q=\"", "wait=99999999999", "wait=", "W/\"", "Bearer", "Bearer ..", "bytes=9-1", "\u007F", ",,,", "00-0-0-0", "=?utf-8?q?x?=", new string('a', 2_000)];
        foreach (var name in names)
        {
            foreach (var value in values)
            {
                var answer = await _world.Anonymous.GetAsync("/events?limit=1", (name, value));
                Assert.True(answer.Status < 500, $"{name}: {value} → {answer.Status} {answer.Text}");
            }
        }
    }

    [Theory]
    [InlineData("/venue")]
    [InlineData("/events")]
    [InlineData("/health")]
    public async Task Head_answers_like_get_without_the_body(string path)
    {
        var get = (await _world.Anonymous.GetAsync(path)).Is(200);
        var head = (await _world.Anonymous.SendAsync(HttpMethod.Head, path)).Is(200);

        Assert.Empty(head.Text);
        Assert.Equal(get.ContentType, head.ContentType);
    }

    [Fact]
    public async Task Answers_carry_security_headers()
    {
        foreach (var answer in (Answer[])[await _world.Anonymous.GetAsync("/venue"), await _world.Anonymous.GetAsync("/nowhere")])
        {
            Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
            Assert.NotNull(answer.Header("Referrer-Policy"));
            Assert.True(answer.Header("X-Frame-Options") is not null || answer.Header("Content-Security-Policy") is not null, "nothing forbids framing");
            Assert.DoesNotContain("Kestrel", answer.Header("Server") ?? "", StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Without_configuration_no_other_origin_is_allowed()
    {
        var answer = await _world.Anonymous.GetAsync("/venue", ("Origin", "https://elsewhere.example"));

        Assert.Null(answer.Is(200).Header("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task No_token_and_a_bad_one_are_challenged()
    {
        foreach (var api in (ApiClient[])[_world.Anonymous, _world.Anonymous.With("nonsense")])
        {
            var refused = (await api.GetAsync("/analytics/events")).IsProblem(401);
            Assert.StartsWith("Bearer", refused.Header("WWW-Authenticate"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_problem_carries_the_callers_trace()
    {
        const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

        var refused = await _world.Anonymous.GetAsync("/nowhere", ("traceparent", $"00-{Trace}-00f067aa0ba902b7-01"));

        Assert.Equal(Trace, refused.IsProblem(404).String("trace_id"));
    }

    [Fact]
    public async Task An_error_on_a_field_is_named_as_on_the_wire()
    {
        var refused = (await (await _world.OrganizerAsync()).Api.PostAsync("/venue", new { name = "n", city = "c", description = "d", seat_types = Array.Empty<string>() }))
            .IsInvalid("seat_types");

        Assert.All(refused["errors"].EnumerateObject(), error => Assert.Matches(@"^[a-z][a-z0-9_.\[\]]*$", error.Name));
    }
}
