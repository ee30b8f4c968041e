using Evently.Mail.Contracts;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Users.Contracts;
using Evently.Users.MailedTokens;
using Evently.Users.Tests.Driver;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Users.Tests;

public sealed class MailedTokenTests(UsersFixture users) : IClassFixture<UsersFixture>
{
    private const string NewPassword = "another good passphrase";
    private readonly UsersApp _app = users.App;

    [Fact]
    public async Task A_forgotten_password_is_replaced_by_a_mailed_token_once()
    {
        var person = await _app.PersonAsync();
        Assert.Equal(202, (await AskAsync(person.Email.ToUpperInvariant())).Status);
        var token = await _app.MailedTokenAsync(person.Email, TokenMailKind.PasswordReset);

        (await ResetAsync(token, "short")).IsProblem(400, "validation_failed");
        (await ResetAsync(token, "Password123456")).IsProblem(400, "password_too_common");
        (await ResetAsync(token[..^1] + (token[^1] == 'A' ? 'B' : 'A'), NewPassword)).IsProblem(400, "token_invalid");
        Assert.Equal(204, (await ResetAsync(token, NewPassword)).Status);

        (await ResetAsync(token, "yet another passphrase")).IsProblem(400, "token_invalid");
        (await _app.GetAsync("/user/me", person.Token)).IsProblem(401, "unauthorized");
        (await _app.LogInAsync(person.Email)).IsProblem(401, "invalid_credentials");
        var again = (await _app.LogInAsync(person.Email, NewPassword)).Is(200)["access_token"]!.GetValue<string>();
        Assert.True((await _app.GetAsync("/user/me", again)).Is(200)["email_proven"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Of_two_uses_at_a_time_one_counts()
    {
        var person = await _app.PersonAsync();
        await AskAsync(person.Email);
        var token = await _app.MailedTokenAsync(person.Email, TokenMailKind.PasswordReset);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => ResetAsync(token, $"a passphrase of try {n}")));

        Assert.Single(answers, answer => answer.Status == 204);
        Assert.All(answers.Where(answer => answer.Status != 204), answer => answer.IsProblem(400, "token_invalid"));
    }

    [Fact]
    public async Task An_unknown_address_is_answered_as_a_known_one_and_nothing_is_mailed()
    {
        var person = await _app.PersonAsync();
        var known = await AskAsync(person.Email);
        var unknown = await AskAsync("nobody@evently.test");

        Assert.Equal((202, null), (unknown.Status, unknown.Body));
        Assert.Equal(known.Headers.Keys.Order(), unknown.Headers.Keys.Order());
        Assert.Empty(await _app.MailsAsync("nobody@evently.test"));
        (await AskAsync("no address")).IsProblem(400, "validation_failed");
    }

    [Fact]
    public async Task A_changed_password_ends_the_tokens_that_were_mailed_before()
    {
        var person = await _app.PersonAsync();
        await AskAsync(person.Email);
        var token = await _app.MailedTokenAsync(person.Email, TokenMailKind.PasswordReset);
        Assert.Equal(204, (await _app.SendAsync(
            HttpMethod.Put, $"/user/{person.UserId}/password", new { current_password = UsersApp.Password, new_password = NewPassword }, person.Token)).Status);

        (await ResetAsync(token, "yet another passphrase")).IsProblem(400, "token_invalid");
    }

    [Fact]
    public async Task A_token_ends_after_thirty_minutes()
    {
        var time = new ShiftedTime();
        await using var app = await UsersApp.StartAsync(time: time);
        var person = await app.PersonAsync();
        await app.PostAsync("/user/password-reset", new { email = person.Email });
        var token = await app.MailedTokenAsync(person.Email, TokenMailKind.PasswordReset);

        time.Shift = MailedToken.Lifetime;

        (await app.PostAsync("/user/password-reset/confirm", new { token, new_password = NewPassword })).IsProblem(400, "token_invalid");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_asked_half_an_hour_ago_is_mailed_nothing_whoever_can_read_the_request(bool isReadable)
    {
        var time = new ShiftedTime();
        await using var app = await UsersApp.StartAsync(time: time);
        var person = await app.PersonAsync();
        var mailId = app.Service<IdGenerator>().Next().ToString();
        time.Shift = MailedToken.Lifetime;

        await using (var scope = app.Service<IServiceScopeFactory>().CreateAsyncScope())
        {
            var work = scope.ServiceProvider.GetRequiredService<UnitOfWork<UsersModule>>();
            work.Publish(new PasswordResetAsked(mailId, isReadable ? app.Service<SecretCipher>().Seal(person.Email, mailId) : "of another key"), mailId);
            await work.CommitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Empty(await app.MailsAsync(person.Email));
    }

    [Fact]
    public async Task An_address_is_proven_by_a_mailed_token()
    {
        var person = await _app.PersonAsync();
        (await _app.PostAsync("/user/email-proof", new { })).IsProblem(401, "unauthorized");
        Assert.Equal(202, (await _app.PostAsync("/user/email-proof", new { }, person.Token)).Status);
        var token = await _app.MailedTokenAsync(person.Email, TokenMailKind.EmailProof);

        (await ResetAsync(token, NewPassword)).IsProblem(400, "token_invalid");
        (await ProveAsync("nonsense")).IsProblem(400, "token_invalid");
        (await ProveAsync("")).IsProblem(400, "validation_failed");
        Assert.False((await _app.GetAsync("/user/me", person.Token)).Is(200)["email_proven"]!.GetValue<bool>());
        Assert.Equal(204, (await ProveAsync(token)).Status);
        (await ProveAsync(token)).IsProblem(400, "token_invalid");
        Assert.True((await _app.GetAsync("/user/me", person.Token)).Is(200)["email_proven"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Nobodys_mailbox_is_filled()
    {
        var person = await _app.PersonAsync();
        for (var i = 0; i < MailLimits.PerAddress; i++)
            Assert.Equal(202, (await AskAsync(person.Email)).Status);
        Assert.Equal(MailLimits.PerAddress, (await _app.MailsAsync(person.Email)).Count);

        Assert.Equal(202, (await AskAsync(person.Email)).Status);
        Assert.Empty(await _app.MailsAsync(person.Email));

        // What anybody may ask for keeps no owner from proving the address; that has a count of its own.
        for (var i = 0; i < MailLimits.PerAddress; i++)
            Assert.Equal(202, (await _app.PostAsync("/user/email-proof", new { }, person.Token)).Status);
        Assert.True(int.Parse((await _app.PostAsync("/user/email-proof", new { }, person.Token)).Also(answer => answer.IsProblem(429, "too_many_mails")).Headers["Retry-After"], null) > 0);
    }

    [Fact]
    public async Task A_client_has_so_many_mails_sent_and_no_more()
    {
        await using var app = await UsersApp.StartAsync();
        for (var i = 0; i < MailLimits.PerClient; i++)
            Assert.Equal(202, (await app.PostAsync("/user/password-reset", new { email = $"someone{i}@evently.test" })).Status);

        (await app.PostAsync("/user/password-reset", new { email = "one.more@evently.test" })).IsProblem(429, "too_many_mails");
    }

    [Fact]
    public async Task Neither_address_nor_token_is_open_in_what_is_sent()
    {
        var person = await _app.PersonAsync();
        await AskAsync(person.Email);
        Assert.True(await new MessagingQuiescence(_app.Services).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        var mail = TokenMails.All.Values.ToList();
        var token = await _app.MailedTokenAsync(person.Email, TokenMailKind.PasswordReset);

        Assert.NotEmpty(mail);
        Assert.All(mail, sent => Assert.DoesNotContain("evently.test", sent.ToString(), StringComparison.OrdinalIgnoreCase));
        Assert.All(mail, sent => Assert.DoesNotContain(token, sent.ToString(), StringComparison.Ordinal));
        Assert.Equal(43, token.Length);
    }

    private Task<Answer> AskAsync(string email) => _app.PostAsync("/user/password-reset", new { email });

    private Task<Answer> ResetAsync(string token, string password) => _app.PostAsync("/user/password-reset/confirm", new { token, new_password = password });

    private Task<Answer> ProveAsync(string token) => _app.PostAsync("/user/email-proof/confirm", new { token });

    private sealed class ShiftedTime : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;
    }
}
