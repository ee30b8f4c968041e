using Evently.Booking.Contracts;
using Evently.Events.Contracts;
using Evently.Users.Accounts;
using Evently.Users.Passwords;
using Evently.Users.Tests.Driver;
using Evently.Users.Tokens;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Users.Tests;

public sealed class AccountTests(UsersFixture users) : IClassFixture<UsersFixture>
{
    private readonly UsersApp _app = users.App;

    [Fact]
    public async Task Ones_own_account_is_read_and_changed()
    {
        var person = await _app.PersonAsync();
        var changed = (await PatchAsync(person.UserId, person.Token, new { name = " Ann ", phone = "+4930123456" })).Is(200);
        Assert.Equal(("Ann", "+4930123456", false), (changed["name"]!.GetValue<string>(), changed["phone"]!.GetValue<string>(), changed["email_proven"]!.GetValue<bool>()));
        Assert.Equal(changed.ToJsonString(), (await _app.GetAsync("/user/me", person.Token)).Is(200).ToJsonString());
        (await PatchAsync(person.UserId, person.Token, new { phone = "12" })).IsProblem(400, "validation_failed");
        (await PatchAsync(person.UserId, (await _app.PersonAsync()).Token, new { name = "Eve" })).IsProblem(404, "user_not_found");
        (await PatchAsync(person.UserId, await _app.AdminTokenAsync(), new { name = "Anna" })).Is(200);
    }

    [Fact]
    public async Task A_changed_password_ends_every_token_at_once()
    {
        var person = await _app.PersonAsync();
        (await PasswordAsync(person, person.Token, "not the password", "another good passphrase")).IsProblem(401, "invalid_credentials");
        (await PasswordAsync(person, person.Token, UsersApp.Password, "Password123456")).IsProblem(400, "password_too_common");
        (await PasswordAsync(person, person.Token, UsersApp.Password, "short")).IsProblem(400, "validation_failed");
        (await PasswordAsync(person, (await _app.PersonAsync()).Token, UsersApp.Password, "another good passphrase")).IsProblem(404, "user_not_found");
        Assert.Equal(204, (await PasswordAsync(person, person.Token, UsersApp.Password, "another good passphrase")).Status);

        (await _app.GetAsync("/user/me", person.Token)).IsProblem(401, "unauthorized");
        (await _app.LogInAsync(person.Email)).IsProblem(401, "invalid_credentials");
        var token = (await _app.LogInAsync(person.Email, "another good passphrase")).Is(200)["access_token"]!.GetValue<string>();
        (await _app.GetAsync("/user/me", token)).Is(200);
    }

    [Fact]
    public async Task An_erased_person_is_gone_and_the_address_free_again()
    {
        var person = await _app.PersonAsync();
        (await _app.SendAsync(HttpMethod.Delete, $"/user/{person.UserId}", token: (await _app.PersonAsync()).Token)).IsProblem(404, "user_not_found");
        Assert.Equal(204, (await _app.SendAsync(HttpMethod.Delete, $"/user/{person.UserId}", token: person.Token)).Status);

        (await _app.GetAsync("/user/me", person.Token)).IsProblem(401, "unauthorized");
        (await _app.GetAsync($"/user/{person.UserId}", await _app.AdminTokenAsync())).IsProblem(404, "user_not_found");
        (await _app.LogInAsync(person.Email)).IsProblem(401, "invalid_credentials");
        (await _app.PostAsync("/user", new { email = person.Email, phone = "+491701234567", password = UsersApp.Password })).Is(201);
        Assert.True(await WaitForErasureAsync(person.UserId));
    }

    [Fact]
    public async Task Nobody_is_erased_with_a_booking_to_come()
    {
        var person = await _app.PersonAsync();
        var eventId = "event-01HV0000000000000000000" + person.UserId[^3..];
        var now = DateTimeOffset.UnixEpoch.AddYears(70);
        await _app.PublishAsync(new EventChanged(eventId, 1, "A night", now, 90, [], [], null));
        await _app.PublishAsync(new BookingConfirmed(
            "booking-01HV0000000000000000000000", "holding-01HV0000000000000000000000", eventId, person.UserId, [new BookedSeat("A-1", "x", 0)], 0, "EUR", now, now));
        (await _app.SendAsync(HttpMethod.Delete, $"/user/{person.UserId}", token: person.Token)).IsProblem(409, "has_upcoming_bookings");
        var export = (await _app.GetAsync($"/user/{person.UserId}/export", person.Token)).Is(200);
        Assert.Equal(person.Email, export["account"]!["email"]!.GetValue<string>());
        Assert.Single(export["bookings"]!.AsArray());
        (await _app.GetAsync($"/user/{person.UserId}/export", (await _app.PersonAsync()).Token)).IsProblem(404, "user_not_found");
    }

    [Theory]
    [InlineData("ann@b\u00FCcher.example", "ANN@xn--bcher-kva.example")]
    [InlineData("zo\u00EB@evently.example", "zoe\u0308@evently.example")]
    public async Task An_address_in_two_spellings_is_one_account(string one, string other)
    {
        (await _app.PostAsync("/user", new { email = one, phone = "+491701234567", password = UsersApp.Password })).Is(201);
        (await _app.PostAsync("/user", new { email = other, phone = "+491701234567", password = UsersApp.Password })).IsProblem(409, "email_taken");
        (await _app.LogInAsync(other)).Is(200);
        (await _app.PostAsync("/user", new { email = one.Insert(1, "\u200B"), phone = "+491701234567", password = UsersApp.Password })).IsProblem(400, "validation_failed");
        (await _app.LogInAsync("a\uFFFEb@evently.example")).IsProblem(400, "validation_failed");
    }

    [Fact]
    public async Task A_password_typed_on_another_keyboard_matches()
    {
        const string email = "keyboard@evently.example";
        (await _app.PostAsync("/user", new { email, phone = "+491701234567", password = "caf\u00E9 au lait, bien s\u00FBr" })).Is(201);
        (await _app.LogInAsync(email, "cafe\u0301 au lait,\u00A0bien su\u0302r")).Is(200);
    }

    [Theory]
    [InlineData("password12", true)]
    [InlineData("P@$$word!!!!", true)]
    [InlineData("aaaaaaaaaaaa", true)]
    [InlineData("abcabcabcabc", true)]
    [InlineData("qwertyuiop", true)]
    [InlineData("9876543210", true)]
    [InlineData("2030-12-31!", true)]
    [InlineData("ann.example1", true)]
    [InlineData("correct horse battery", false)]
    [InlineData("a long enough password", false)]
    [InlineData("evently-demo-2030", false)]
    public void What_guessers_try_first_is_refused(string password, bool common) =>
        Assert.Equal(common, CommonPasswords.Contains(password, "ann.example@evently.test"));

    [Fact]
    public void Tries_count_for_the_account_and_the_client_but_not_against_a_client_that_the_account_knows()
    {
        var logins = new FailedLogins(new FakeTimeProvider());
        Assert.Null(logins.Begin("ann", "home"));
        logins.Succeeded("ann", "home");
        for (var i = 0; i < 50; i++)
            Assert.Null(logins.Begin("ann", $"bot{i}"));
        Assert.NotNull(logins.Begin("ann", "bot50"));
        Assert.Null(logins.Begin("ann", "home"));

        Assert.NotNull(logins.Begin("ann", "phone"));
        logins.Welcome("ann", "phone");
        Assert.Null(logins.Begin("ann", "phone"));

        for (var i = 0; i < 100; i++)
            Assert.Null(logins.Begin($"user{i}", "guesser"));
        Assert.NotNull(logins.Begin("user100", "guesser"));
        for (var i = 0; i < 300; i++)
        {
            Assert.Null(logins.Begin($"staff{i}", "office"));
            logins.Succeeded($"staff{i}", "office");
        }
    }

    private static async Task<bool> WaitForErasureAsync(string userId)
    {
        for (var i = 0; i < 200 && !Registrations.KnowsErased(userId); i++)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        return Registrations.KnowsErased(userId);
    }

    private Task<Answer> PatchAsync(string userId, string token, object body) => _app.SendAsync(HttpMethod.Patch, $"/user/{userId}", body, token);

    private Task<Answer> PasswordAsync(Person person, string token, string current, string next) =>
        _app.SendAsync(HttpMethod.Put, $"/user/{person.UserId}/password", new { current_password = current, new_password = next }, token);
}
