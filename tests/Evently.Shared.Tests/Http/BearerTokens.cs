using System.Net;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace Evently.Shared.Tests.Http;

public sealed class BearerTokens : IAsyncLifetime
{
    private HttpApp _app = null!;

    public async ValueTask InitializeAsync() => _app = await HttpApp.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task A_good_token_says_who_calls()
    {
        using var answer = await _app.SendAsync(HttpMethod.Get, "/me", token: _app.Token("user-1", ["customer", "support"]));
        var me = await answer.JsonAsync();
        Assert.Equal("user-1", me["user_id"]!.GetValue<string>());
        Assert.Equal(["customer", "support"], me["roles"]!.AsArray().Select(role => role!.GetValue<string>()));
    }

    [Fact]
    public async Task Without_a_token_the_answer_is_401_and_names_the_scheme()
    {
        using var answer = await _app.SendAsync(HttpMethod.Get, "/me");
        await answer.ProblemAsync(401, "unauthorized");
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Theory]
    [InlineData("forged")]
    [InlineData("expired")]
    [InlineData("hs512")]
    [InlineData("foreign issuer")]
    [InlineData("foreign audience")]
    [InlineData("none")]
    [InlineData("none, written oddly")]
    [InlineData("stripped signature")]
    [InlineData("nonsense")]
    public async Task A_bad_token_is_401(string kind)
    {
        var good = _app.Token("user-1", ["admin"]);
        var parts = good.Split('.');
        var token = kind switch
        {
            "forged" => _app.Token("user-1", ["admin"], key: "another key that is also long enough to sign"),
            "expired" => _app.Token("user-1", ["admin"], lifetime: TimeSpan.FromSeconds(-11)),
            "hs512" => _app.Token("user-1", ["admin"], key: HttpApp.SigningKeyText.PadRight(64), algorithm: SecurityAlgorithms.HmacSha512),
            "foreign issuer" => _app.Token("user-1", ["admin"], issuer: "elsewhere"),
            "foreign audience" => _app.Token("user-1", ["admin"], audience: "elsewhere"),
            "none" => $"{Encode("""{"alg":"none","typ":"JWT"}""")}.{parts[1]}.",
            "none, written oddly" => $"{Encode("""{"alg":"nOnE","typ":"JWT"}""")}.{parts[1]}.",
            "stripped signature" => $"{parts[0]}.{parts[1]}.",
            _ => "nonsense",
        };
        using var answer = await _app.SendAsync(HttpMethod.Get, "/me", token: token);
        await answer.ProblemAsync(401, "unauthorized");
    }

    [Fact]
    public async Task A_token_ends_when_its_time_is_up()
    {
        var token = _app.Token("user-1", [], lifetime: TimeSpan.FromMinutes(5));
        using var before = await _app.SendAsync(HttpMethod.Get, "/me", token: token);
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        _app.Time.Advance(TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(11));
        using var after = await _app.SendAsync(HttpMethod.Get, "/me", token: token);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
    }

    [Theory]
    [InlineData("customer", HttpStatusCode.Forbidden)]
    [InlineData("organizer", HttpStatusCode.Forbidden)]
    [InlineData("support", HttpStatusCode.OK)]
    [InlineData("admin", HttpStatusCode.OK)]
    public async Task A_role_opens_what_it_opens(string role, HttpStatusCode expected)
    {
        using var answer = await _app.SendAsync(HttpMethod.Get, "/staff", token: _app.Token("user-1", [role]));
        Assert.Equal(expected, answer.StatusCode);
        if (expected == HttpStatusCode.Forbidden)
            await answer.ProblemAsync(403, "forbidden");
    }

    private static string Encode(string json) => Base64UrlEncoder.Encode(Encoding.UTF8.GetBytes(json));
}
