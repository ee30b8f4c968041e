using System.Net;
using System.Text;
using Evently.Shared.Configuration;
using Evently.Shared.Http;
using Evently.Shared.Storage;
using Evently.Shared.Tests.Storage.Embedded;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Evently.Shared.Tests.Http;

/// <summary>Which keys tokens and remembered answers count under, while instances with neighbouring settings run on one store.</summary>
public sealed class SigningKeyRotation
{
    private const string Old = "the old key, long enough to sign with it";
    private const string New = "the new key, long enough to sign with it";
    private const string Foreign = "a key of nobody, long enough to sign with";
    private readonly MemoryTableEngine _engine = new(new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero)));

    [Fact]
    public async Task A_token_counts_under_the_key_that_it_names_and_without_a_name_under_any_accepted_key()
    {
        await using var app = await StartAsync(New, Old);
        foreach (var key in (string[])[Old, New])
        {
            Assert.Equal(HttpStatusCode.OK, await MeAsync(app, app.Token("user-1", [], key, keyId: IdOf(key))));
            Assert.Equal(HttpStatusCode.OK, await MeAsync(app, app.Token("user-1", [], key)));
        }
    }

    [Theory]
    [InlineData(Old, New)]
    [InlineData(New, Old)]
    [InlineData(Foreign, New)]
    [InlineData(Foreign, null)]
    public async Task A_token_that_another_key_signed_than_it_says_is_401(string signedWith, string? named)
    {
        await using var app = await StartAsync(New, Old);
        Assert.Equal(HttpStatusCode.Unauthorized, await MeAsync(app, app.Token("user-1", ["admin"], signedWith, keyId: named is null ? null : IdOf(named))));
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("../signing-key")]
    public async Task A_token_that_names_a_key_which_is_not_accepted_is_401_even_when_an_accepted_one_signed_it(string keyId)
    {
        await using var app = await StartAsync(New, Old);
        Assert.Equal(HttpStatusCode.Unauthorized, await MeAsync(app, app.Token("user-1", [], New, keyId: keyId)));
    }

    [Theory]
    [InlineData("none", "")]
    [InlineData("none", "c2lnbmF0dXJl")]
    [InlineData("HS512", "c2lnbmF0dXJl")]
    public async Task A_token_that_names_a_key_and_is_not_signed_is_401(string algorithm, string signature)
    {
        await using var app = await StartAsync(New, Old);
        var claims = app.Token("user-1", ["admin"], New).Split('.')[1];
        var header = Base64UrlEncoder.Encode($$"""{"alg":"{{algorithm}}","typ":"JWT","kid":"{{IdOf(New)}}"}""");
        Assert.Equal(HttpStatusCode.Unauthorized, await MeAsync(app, $"{header}.{claims}.{signature}"));
    }

    [Fact]
    public async Task Instances_at_neighbouring_steps_serve_each_others_tokens_and_answers()
    {
        (string SigningKey, string[] Accepted)[] steps = [(Old, []), (Old, [New]), (New, [Old]), (New, [])];
        for (var step = 1; step < steps.Length; step++)
        {
            await using var before = await StartAsync(steps[step - 1].SigningKey, steps[step - 1].Accepted);
            await using var after = await StartAsync(steps[step].SigningKey, steps[step].Accepted);

            // By the last step what the old key signed has run out, so that only the other direction matters.
            if (step < steps.Length - 1)
                await ServesAsync(before, steps[step - 1].SigningKey, after, $"forth-{step}");
            await ServesAsync(after, steps[step].SigningKey, before, $"back-{step}");
        }
    }

    [Fact]
    public async Task A_key_that_is_no_longer_accepted_ends_its_tokens_and_its_answers_are_not_repeated()
    {
        await using var before = await StartAsync(Old);
        using var first = await before.SendAsync(HttpMethod.Post, "/secrets", key: "k1");

        await using var after = await StartAsync(New);

        Assert.Equal(HttpStatusCode.Unauthorized, await MeAsync(after, after.Token("user-1", [], Old)));
        Assert.Equal(HttpStatusCode.Unauthorized, await MeAsync(after, after.Token("user-1", [], Old, keyId: IdOf(Old))));
        await (await after.SendAsync(HttpMethod.Post, "/secrets", key: "k1")).ProblemAsync(409, "idempotency_answer_not_kept");
        Assert.Equal(0, after.Runs);
    }

    [Fact]
    public async Task The_version_before_takes_a_token_that_names_its_key()
    {
        // It was configured with one nameless key.
        var before = new TokenValidationParameters
        {
            IssuerSigningKey = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(Old)),
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ValidIssuer = "evently",
            ValidAudience = "evently",
            ValidateLifetime = false,
        };
        await using var app = await StartAsync(Old);
        var token = app.Token("user-1", [], Old, keyId: IdOf(Old));
        Assert.True((await new JsonWebTokenHandler().ValidateTokenAsync(token, before)).IsValid);
    }

    [Fact]
    public void A_key_is_named_alike_everywhere_and_keys_are_told_apart()
    {
        Assert.Equal(IdOf(Old), IdOf(Old));
        Assert.NotEqual(IdOf(Old), IdOf(New));
        Assert.Equal(11, IdOf(Old).Length);
    }

    [Fact]
    public async Task Four_keys_can_be_accepted_and_the_signing_key_may_be_among_them()
    {
        await using var app = await StartAsync(New, Old, New, Foreign, Old + "er");
        foreach (var key in (string[])[Old, New, Foreign, Old + "er"])
            Assert.Equal(HttpStatusCode.OK, await MeAsync(app, app.Token("user-1", [], key, keyId: IdOf(key))));
    }

    [Fact]
    public async Task A_fifth_accepted_key_stops_the_start_with_a_sentence() =>
        Assert.Equal(
            "Evently:Auth:AcceptedSigningKeys may have at most 4 keys.",
            (await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(New, Old, Old, Old, Old, Old))).Message);

    [Theory]
    [InlineData("short")]
    [InlineData("")]
    public async Task A_short_accepted_key_stops_the_start_with_a_sentence_that_tells_which(string key) =>
        Assert.Equal(
            "Evently:Auth:AcceptedSigningKeys:1 must have at least 32 bytes.",
            (await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(New, Old, key))).Message);

    [Fact]
    public void A_made_key_that_was_moved_aside_is_accepted_beside_the_next_one()
    {
        using var directory = new TemporaryDirectory();
        var first = SigningKeys.Load(new AuthOptions(), directory.Path);
        Assert.Equal([first.Current.Id], SigningKeys.Load(new AuthOptions(), directory.Path).All.Select(key => key.Id));

        File.Move(Path.Combine(directory.Path, "signing-key"), Path.Combine(directory.Path, "signing-key.old"));

        var made = SigningKeys.Load(new AuthOptions(), directory.Path);
        Assert.NotEqual(first.Current.Id, made.Current.Id);
        Assert.Equal([made.Current.Id, first.Current.Id], made.All.Select(key => key.Id));
        Assert.Equal([IdOf(New), first.Current.Id], SigningKeys.Load(new AuthOptions { SigningKey = New }, directory.Path).All.Select(key => key.Id));

        File.WriteAllBytes(Path.Combine(directory.Path, "signing-key.old"), [1, 2, 3]);
        Assert.Contains("signing-key.old", Assert.Throws<ConfigurationException>(() => SigningKeys.Load(new AuthOptions(), directory.Path)).Message, StringComparison.Ordinal);
    }

    private static string IdOf(string key) => SigningKey.FromText(key).Id;

    private static async Task<HttpStatusCode> MeAsync(HttpApp app, string token)
    {
        using var answer = await app.SendAsync(HttpMethod.Get, "/me", token: token);
        return answer.StatusCode;
    }

    /// <summary>What one instance signs and seals, the other takes.</summary>
    private static async Task ServesAsync(HttpApp one, string itsKey, HttpApp other, string idempotencyKey)
    {
        var token = one.Token("user-1", [], itsKey, keyId: IdOf(itsKey));
        using var first = await one.SendAsync(HttpMethod.Post, "/secrets", key: idempotencyKey, token: token);
        using var again = await other.SendAsync(HttpMethod.Post, "/secrets", key: idempotencyKey, token: token);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal("true", Assert.Single(again.Headers.GetValues("Idempotency-Replayed")));
        Assert.Equal((await first.JsonAsync()).ToJsonString(), (await again.JsonAsync()).ToJsonString());
        Assert.Equal(HttpStatusCode.OK, await MeAsync(other, token));
    }

    private Task<HttpApp> StartAsync(string signingKey, params string[] accepted)
    {
        var settings = new Dictionary<string, string?> { ["Evently:Auth:SigningKey"] = signingKey };
        for (var index = 0; index < accepted.Length; index++)
            settings[$"Evently:Auth:AcceptedSigningKeys:{index}"] = accepted[index];
        return HttpApp.StartAsync(settings, services => services.AddSingleton<ITableEngine>(_engine));
    }
}
