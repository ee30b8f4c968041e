using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Evently.Api.Tests.Security;

public sealed class ForgedTokenTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task A_token_signed_with_the_configured_key_passes_so_that_the_other_tests_prove_something()
    {
        var user = await _world.CustomerAsync();
        var claims = Tokens.Claims(user.Api.Token!);

        await AcceptedAsync(user, Tokens.Sign(Tokens.Header(user.Api.Token!), claims, Tokens.SigningKey));
    }

    [Fact]
    public async Task An_expired_token_is_refused()
    {
        var user = await _world.CustomerAsync();
        var claims = Tokens.Claims(user.Api.Token!);
        claims["exp"] = TimeProvider.System.GetUtcNow().AddMinutes(-10).ToUnixTimeSeconds();
        claims["nbf"] = TimeProvider.System.GetUtcNow().AddMinutes(-20).ToUnixTimeSeconds();

        await RefusedAsync(user, Tokens.Sign(Tokens.Header(user.Api.Token!), claims, Tokens.SigningKey));
    }

    [Fact]
    public async Task A_token_without_an_end_is_refused()
    {
        var user = await _world.CustomerAsync();
        var claims = Tokens.Claims(user.Api.Token!);
        claims.Remove("exp");

        await RefusedAsync(user, Tokens.Sign(Tokens.Header(user.Api.Token!), claims, Tokens.SigningKey));
    }

    [Fact]
    public async Task A_token_of_another_issuer_or_audience_is_refused()
    {
        var user = await _world.CustomerAsync();
        foreach (var claim in (string[])["iss", "aud"])
        {
            var claims = Tokens.Claims(user.Api.Token!);
            claims[claim] = "somebody-else";
            await RefusedAsync(user, Tokens.Sign(Tokens.Header(user.Api.Token!), claims, Tokens.SigningKey));
        }
    }

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("NONE")]
    [InlineData("")]
    public async Task An_unsigned_token_is_refused(string algorithm)
    {
        var user = await _world.CustomerAsync();
        var header = new JsonObject { ["alg"] = algorithm, ["typ"] = "JWT" };
        var claims = Tokens.Claims(user.Api.Token!);

        await RefusedAsync(user, $"{Tokens.Encode(header)}.{Tokens.Encode(claims)}.");
        await RefusedAsync(user, $"{Tokens.Encode(header)}.{Tokens.Encode(claims)}");
        await RefusedAsync(user, Tokens.Sign(header, claims, Tokens.SigningKey));
    }

    [Fact]
    public async Task A_token_signed_with_another_key_is_refused()
    {
        var user = await _world.CustomerAsync();

        await RefusedAsync(user, Tokens.Sign(Tokens.Header(user.Api.Token!), Tokens.Claims(user.Api.Token!), RandomNumberGenerator.GetHexString(64)));
    }

    [Fact]
    public async Task A_token_changed_after_signing_is_refused()
    {
        var user = await _world.CustomerAsync();
        var parts = user.Api.Token!.Split('.');
        var claims = Tokens.Claims(user.Api.Token!);
        claims["roles"] = new JsonArray("admin");
        claims["sub"] = (await _world.AdminAsync()).Id;

        await RefusedAsync(user, $"{parts[0]}.{Tokens.Encode(claims)}.{parts[2]}");
        await RefusedAsync(user, $"{parts[0]}.{parts[1]}.");
        await RefusedAsync(user, $"{parts[0]}.{parts[1]}.{parts[2][..^4]}AAAA");
    }

    [Theory]
    [InlineData("x")]
    [InlineData("a.b.c")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.e30.")]
    [InlineData("....")]
    public async Task Nonsense_is_refused(string token)
    {
        await RefusedAsync(await _world.CustomerAsync(), token);
    }

    [Fact]
    public async Task A_huge_token_is_refused()
    {
        await RefusedAsync(await _world.CustomerAsync(), new string('a', 20_000));
    }

    [Theory]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("bearer a b")]
    public async Task Another_scheme_is_no_token(string authorization)
    {
        var user = await _world.CustomerAsync();

        (await _world.Anonymous.GetAsync($"/user/{user.Id}", ("Authorization", authorization))).IsProblem(401);
    }

    private async Task AcceptedAsync(User user, string token) => (await _world.Anonymous.With(token).GetAsync($"/user/{user.Id}")).Is(200);

    private async Task RefusedAsync(User user, string token)
    {
        var refused = (await _world.Anonymous.With(token).GetAsync($"/user/{user.Id}")).IsProblem(401);
        Assert.StartsWith("Bearer", refused.Header("WWW-Authenticate"), StringComparison.Ordinal);
    }
}
