namespace Evently.Api.Tests.Users;

public sealed class AccountTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task A_user_reads_the_own_account()
    {
        var user = await _world.CustomerAsync();

        var account = (await user.Api.GetAsync($"/user/{user.Id}")).IsJson(200);

        Assert.Equal(user.Id, account.String("user_id"));
        Assert.Equal(user.Email, account.String("email"));
        account.Json.Has("phone", "name", "roles", "created_at");
        Assert.DoesNotContain("password", account.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Support_and_admin_read_any_account()
    {
        var user = await _world.CustomerAsync();

        Assert.Equal(user.Email, (await (await _world.SupportAsync()).Api.GetAsync($"/user/{user.Id}")).Is(200).String("email"));
        Assert.Equal(user.Email, (await (await _world.AdminAsync()).Api.GetAsync($"/user/{user.Id}")).Is(200).String("email"));
    }

    [Fact]
    public async Task An_account_that_does_not_exist_is_not_found()
    {
        (await (await _world.AdminAsync()).Api.GetAsync("/user/user-00000000000000000000000000")).IsProblem(404, "user_not_found");
        (await (await _world.AdminAsync()).Api.GetAsync("/user/nonsense")).IsProblem(404, "user_not_found");
    }

    [Fact]
    public async Task An_admin_grants_and_takes_roles()
    {
        var user = await _world.CustomerAsync();
        var admin = await _world.AdminAsync();

        var granted = (await admin.Api.PutAsync($"/user/{user.Id}/roles", new { roles = new[] { "customer", "organizer", "support" } })).IsJson(200);
        Assert.Equal(["customer", "organizer", "support"], granted["roles"].Strings().Order());
        Assert.Equal(user.Id, granted.String("user_id"));

        var taken = (await admin.Api.PutAsync($"/user/{user.Id}/roles", new { roles = new[] { "customer" } })).Is(200);
        Assert.Equal(["customer"], taken["roles"].Strings());
    }

    [Fact]
    public async Task Everyone_stays_a_customer()
    {
        var user = await _world.CustomerAsync();

        var granted = (await (await _world.AdminAsync()).Api.PutAsync($"/user/{user.Id}/roles", new { roles = new[] { "organizer" } })).Is(200);

        Assert.Contains("customer", granted["roles"].Strings());
    }

    [Fact]
    public async Task A_granted_role_is_in_the_next_token()
    {
        var organizer = await _world.UserAsync("organizer");

        var token = (await _world.Anonymous.PostAsync("/user/token", new { email = organizer.Email, password = organizer.Password })).Is(200);

        Assert.Contains("organizer", token["roles"].Strings());
    }

    [Fact]
    public async Task Only_an_admin_grants_roles()
    {
        var user = await _world.CustomerAsync();
        var body = new { roles = new[] { "admin" } };

        (await user.Api.PutAsync($"/user/{user.Id}/roles", body)).IsProblem(403, "forbidden");
        (await (await _world.OrganizerAsync()).Api.PutAsync($"/user/{user.Id}/roles", body)).IsProblem(403, "forbidden");
        (await (await _world.SupportAsync()).Api.PutAsync($"/user/{user.Id}/roles", body)).IsProblem(403, "forbidden");
        (await _world.Anonymous.PutAsync($"/user/{user.Id}/roles", body)).IsProblem(401);
    }

    [Fact]
    public async Task Unknown_roles_and_unknown_users_are_refused()
    {
        var admin = await _world.AdminAsync();
        var user = await _world.CustomerAsync();

        (await admin.Api.PutAsync($"/user/{user.Id}/roles", new { roles = new[] { "emperor" } })).IsInvalid("roles");
        (await admin.Api.PutAsync("/user/user-00000000000000000000000000/roles", new { roles = new[] { "support" } })).IsProblem(404, "user_not_found");
    }
}
