using Evently.Users.Guests;
using Evently.Users.Tests.Driver;

namespace Evently.Users.Tests;

public sealed class GuestTests(UsersFixture users) : IClassFixture<UsersFixture>
{
    private readonly UsersApp _app = users.App;

    [Fact]
    public async Task A_guest_comes_in_with_an_address_alone()
    {
        var answer = await _app.PostAsync("/user/guest", new { email = " Gus@evently.test ", name = "Gus" });
        var guest = answer.Is(201);
        var id = guest["user_id"]!.GetValue<string>();
        var token = guest["access_token"]!.GetValue<string>();

        Assert.Equal($"/user/{id}", answer.Headers["Location"]);
        Assert.Equal(("Bearer", 30 * 24 * 60 * 60), (guest["token_type"]!.GetValue<string>(), guest["expires_in"]!.GetValue<int>()));
        var me = (await _app.GetAsync("/user/me", token)).Is(200);
        Assert.Equal(("Gus@evently.test", "Gus", null, false), (me["email"]!.GetValue<string>(), me["name"]!.GetValue<string>(), me["phone"], me["email_proven"]!.GetValue<bool>()));
        Assert.Equal("guest", Assert.Single(me["roles"]!.AsArray())!.GetValue<string>());
        (await _app.SendAsync(HttpMethod.Patch, $"/user/{id}", new { phone = "+4930123456" }, token)).Is(200);
        Assert.Equal("+4930123456", (await _app.GetAsync("/user/me", token)).Is(200)["phone"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("no address", null, null)]
    [InlineData("ann@evently.test", "", null)]
    [InlineData("ann@evently.test", null, "12")]
    [InlineData(null, null, null)]
    public async Task What_is_no_address_name_or_phone_is_refused(string? email, string? name, string? phone) =>
        (await _app.PostAsync("/user/guest", new { email, name, phone })).IsProblem(400, "validation_failed");

    [Fact]
    public async Task A_guest_of_an_accounts_address_is_somebody_else_and_can_not_touch_the_account()
    {
        var person = await _app.PersonAsync();
        var guest = (await _app.PostAsync("/user/guest", new { email = person.Email })).Is(201);
        var id = guest["user_id"]!.GetValue<string>();
        var token = guest["access_token"]!.GetValue<string>();

        Assert.NotEqual(person.UserId, id);
        (await _app.GetAsync($"/user/{person.UserId}", token)).IsProblem(404, "user_not_found");
        (await _app.SendAsync(HttpMethod.Put, $"/user/{id}/password", new { current_password = "-", new_password = "another good passphrase" }, token)).IsProblem(403, "forbidden");
        (await _app.PostAsync("/user/email-proof", new { }, token)).IsProblem(403, "forbidden");
        Assert.Equal(204, (await _app.SendAsync(HttpMethod.Delete, $"/user/{id}", token: token)).Status);
        (await _app.LogInAsync(person.Email)).Is(200);
        (await _app.PostAsync("/user", new { email = person.Email, phone = "+491701234567", password = UsersApp.Password })).IsProblem(409, "email_taken");
    }

    [Fact]
    public async Task A_guest_gets_no_roles_and_nobody_gets_the_role_of_guests()
    {
        var guest = (await _app.PostAsync("/user/guest", new { email = "roles@evently.test" })).Is(201)["user_id"]!.GetValue<string>();
        var admin = await _app.AdminTokenAsync();

        (await _app.SendAsync(HttpMethod.Put, $"/user/{guest}/roles", new { roles = new[] { "organizer" } }, admin)).IsProblem(409, "guest_account");
        var person = await _app.PersonAsync();
        (await _app.SendAsync(HttpMethod.Put, $"/user/{person.UserId}/roles", new { roles = new[] { "guest" } }, admin)).IsProblem(400, "validation_failed");
        var door = (await _app.SendAsync(HttpMethod.Put, $"/user/{person.UserId}/roles", new { roles = new[] { "door" } }, admin)).Is(200);
        Assert.Equal(["customer", "door"], door["roles"]!.AsArray().Select(role => role!.GetValue<string>()));
    }

    [Fact]
    public async Task A_client_becomes_so_many_guests_and_no_more()
    {
        await using var app = await UsersApp.StartAsync();
        for (var i = 0; i < GuestLimit.PerHour; i++)
            (await app.PostAsync("/user/guest", new { email = $"guest{i}@evently.test" })).Is(201);

        (await app.PostAsync("/user/guest", new { email = "one.more@evently.test" })).IsProblem(429, "too_many_guests");
    }

    [Fact]
    public void Guests_of_one_address_count_as_one_however_it_is_spelled()
    {
        Assert.Equal(GuestIdentity.Of("zo\u00EB@b\u00FCcher.example"), GuestIdentity.Of(" Zoe\u0308@XN--BCHER-KVA.example"));
        Assert.NotEqual(GuestIdentity.Of("ann@evently.test"), GuestIdentity.Of("anne@evently.test"));
        Assert.DoesNotContain("ann", GuestIdentity.Of("ann@evently.test"), StringComparison.Ordinal);
    }
}
