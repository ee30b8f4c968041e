using System.Text;
using System.Text.Json.Nodes;
using Evently.Shared.Http;
using Evently.Users.Tests.Driver;
using Evently.Users.Tokens;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Tokens;

namespace Evently.Users.Tests;

public sealed class TokenTests(UsersFixture users) : IClassFixture<UsersFixture>
{
    private readonly UsersApp _app = users.App;

    [Fact]
    public async Task The_right_password_gets_a_token_that_says_who_and_what()
    {
        var person = await _app.PersonAsync();
        var token = (await _app.LogInAsync(person.Email.ToUpperInvariant())).Is(200);
        Assert.Equal("Bearer", token["token_type"]!.GetValue<string>());
        Assert.Equal(3600, token["expires_in"]!.GetValue<int>());
        Assert.Equal(person.UserId, token["user_id"]!.GetValue<string>());
        Assert.Equal(["customer"], token["roles"]!.AsArray().Select(role => role!.GetValue<string>()));

        var parts = token["access_token"]!.GetValue<string>().Split('.');
        Assert.Equal("HS256", Decode(parts[0])["alg"]!.GetValue<string>());
        Assert.Equal(_app.Service<SigningKeys>().Current.Id, Decode(parts[0])["kid"]!.GetValue<string>());
        var claims = Decode(parts[1]);
        Assert.Equal(person.UserId, claims["sub"]!.GetValue<string>());
        Assert.Equal("customer", claims["roles"]![0]!.GetValue<string>());
        Assert.Equal(3600, claims["exp"]!.GetValue<long>() - claims["iat"]!.GetValue<long>());
        Assert.False(string.IsNullOrEmpty(claims["jti"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_address_get_the_same_answer()
    {
        var person = await _app.PersonAsync();
        var wrong = await _app.LogInAsync(person.Email, "not the password");
        var unknown = await _app.LogInAsync("nobody@example.com", "not the password");
        wrong.IsProblem(401, "invalid_credentials");
        Assert.Equal(wrong.Comparable(), unknown.Comparable());
    }

    [Fact]
    public async Task After_five_wrong_passwords_the_next_try_has_to_wait_even_with_the_right_one()
    {
        var person = await _app.PersonAsync();
        var other = await _app.PersonAsync();
        for (var i = 0; i < 5; i++)
            (await _app.LogInAsync(person.Email, "not the password")).IsProblem(401, "invalid_credentials");
        var refused = await _app.LogInAsync(person.Email);
        refused.IsProblem(429, "too_many_failed_logins");
        Assert.Equal("1", refused.Headers["Retry-After"]);
        (await _app.LogInAsync(other.Email)).Is(200);
    }

    [Fact]
    public void Each_further_try_waits_twice_as_long_up_to_five_minutes_and_a_success_forgives()
    {
        var time = new FakeTimeProvider();
        var failedLogins = new FailedLogins(time);
        for (var i = 0; i < 5; i++)
            Assert.Null(failedLogins.Begin("a", "1"));
        foreach (var seconds in (int[])[1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
        {
            Assert.Equal(TimeSpan.FromSeconds(seconds), failedLogins.Begin("a", "1"));
            time.Advance(TimeSpan.FromSeconds(seconds));
            Assert.Null(failedLogins.Begin("a", "1"));
        }

        Assert.Null(failedLogins.Begin("a", "2"));
        failedLogins.Succeeded("a", "1");
        Assert.Null(failedLogins.Begin("a", "1"));
    }

    [Fact]
    public void Failures_of_many_addresses_do_not_grow_without_bound()
    {
        var failedLogins = new FailedLogins(new FakeTimeProvider());
        for (var i = 0; i < 5; i++)
            failedLogins.Begin("first", "1");
        Assert.NotNull(failedLogins.Begin("first", "1"));
        for (var i = 0; i < 10_000; i++)
            failedLogins.Begin($"other{i}", $"client{i}");
        Assert.Null(failedLogins.Begin("first", "1"));
    }

    [Theory]
    [InlineData("""{"email":"a@example.com"}""")]
    [InlineData("""{"password":"1234567890"}""")]
    [InlineData("{}")]
    public async Task Both_fields_are_required(string body) =>
        (await _app.PostAsync("/user/token", JsonNode.Parse(body)!)).IsProblem(400, "validation_failed");

    [Fact]
    public async Task An_endless_address_is_simply_not_known() =>
        (await _app.LogInAsync(new string('a', 990) + "@b.co")).IsProblem(401, "invalid_credentials");

    [Fact]
    public async Task With_an_external_issuer_there_are_no_tokens_from_here()
    {
        await using var app = await UsersApp.StartAsync(new() { ["Evently:Auth:Authority"] = "https://login.example" });
        (await app.LogInAsync(UsersApp.AdminEmail)).IsProblem(404, "external_issuer");
    }

    private static JsonNode Decode(string part) => JsonNode.Parse(Encoding.UTF8.GetString(Base64UrlEncoder.DecodeBytes(part)))!;
}
