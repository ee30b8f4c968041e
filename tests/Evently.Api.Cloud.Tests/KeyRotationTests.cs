namespace Evently.Api.Cloud.Tests;

/// <summary>The signing key changes on one host after the other, in the steps of docs/operations.md.</summary>
public sealed class KeyRotationTests(SharedHost shared)
{
    private const string Old = "the-old-key-of-more-than-thirty-two-bytes";
    private const string New = "the-new-key-of-more-than-thirty-two-bytes";

    [Fact]
    public async Task Two_hosts_that_change_their_key_one_after_the_other_serve_each_others_tokens_and_answers()
    {
        var name = World.Unique("keys");
        KeyValuePair<string, string?>[] oneSystem = [new("Evently__Storage__TableName", name), new("Evently__Messaging__QueuePrefix", name)];
        await using var first = await shared.StartAnotherAsync([.. oneSystem, .. Keys(Old, accepted: New)]);
        await using var second = await shared.StartAnotherAsync([.. oneSystem, .. Keys(New, accepted: Old)]);

        // One has taken the first step, the other the second.
        var byOld = await SignInAsync(first, "by-old");
        var byNew = await SignInAsync(second, "by-new");
        Assert.NotEqual(KeyIdOf(byOld), KeyIdOf(byNew));
        foreach (var host in (EventlyHost[])[first, second])
        {
            await IsAcceptedAsync(host, byOld);
            await IsAcceptedAsync(host, byNew);
        }

        await IsRepeatedAsync(second, "by-old", byOld);
        await IsRepeatedAsync(first, "by-new", byNew);

        await first.StopAsync();
        await first.RestartAsync(Keys(New, accepted: null));

        (await MeAsync(first, byOld)).IsProblem(401);
        (await SignInWithKeyAsync(first, "by-old")).IsProblem(409, "idempotency_answer_not_kept");
        await IsAcceptedAsync(second, byOld);
        await IsAcceptedAsync(first, byNew);
        await IsRepeatedAsync(first, "by-new", byNew);
    }

    private static KeyValuePair<string, string?>[] Keys(string signing, string? accepted) =>
        [new("Evently__Auth__SigningKey", signing), new("Evently__Auth__AcceptedSigningKeys__0", accepted)];

    private static async Task<Answer> SignInAsync(EventlyHost host, string key) => (await SignInWithKeyAsync(host, key)).Is(200);

    private static Task<Answer> SignInWithKeyAsync(EventlyHost host, string key) => host.World.Anonymous.PostAsync(
        "/user/token", new { email = EventlyHost.AdminEmail, password = EventlyHost.AdminPassword }, ("Idempotency-Key", key));

    private static string KeyIdOf(Answer token) => Tokens.Header(token.String("access_token"))["kid"]!.GetValue<string>();

    private static Task<Answer> MeAsync(EventlyHost host, Answer token) =>
        host.World.Anonymous.With(token.String("access_token")).GetAsync($"/user/{token.String("user_id")}");

    private static async Task IsAcceptedAsync(EventlyHost host, Answer token) => (await MeAsync(host, token)).Is(200);

    private static async Task IsRepeatedAsync(EventlyHost host, string key, Answer first)
    {
        var again = (await SignInWithKeyAsync(host, key)).Is(200);
        Assert.Equal(first.Text, again.Text);
        Assert.Equal("true", again.Header("Idempotency-Replayed"));
    }
}
