using Evently.Users.Tests.Driver;

namespace Evently.Users.Tests;

public sealed class RoleTests : IAsyncLifetime
{
    private UsersApp _app = null!;

    public async ValueTask InitializeAsync() => _app = await UsersApp.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task A_role_that_is_taken_away_counts_at_once_whatever_the_token_says()
    {
        var (person, admin) = (await _app.PersonAsync(), await _app.AdminTokenAsync());
        (await SetAsync(person.UserId, admin, "admin")).Is(200);
        var token = (await _app.LogInAsync(person.Email)).Is(200)["access_token"]!.GetValue<string>();
        (await SetAsync(person.UserId, token, "admin", "support")).Is(200);
        (await SetAsync(person.UserId, admin, "customer")).Is(200);

        (await SetAsync(person.UserId, token, "admin")).IsProblem(403, "forbidden");
        (await _app.GetAsync("/user/me", token)).Is(200);
    }

    [Fact]
    public async Task An_admin_grants_roles_that_come_with_the_next_token()
    {
        var person = await _app.PersonAsync();
        var user = (await SetAsync(person.UserId, await _app.AdminTokenAsync(), "support", "organizer", "support")).Is(200);
        Assert.Equal(["customer", "organizer", "support"], Roles(user));
        Assert.Equal(["customer", "organizer", "support"], Roles((await _app.LogInAsync(person.Email)).Is(200)));
    }

    [Theory]
    [InlineData("organizer")]
    [InlineData("support")]
    public async Task Nobody_but_an_admin_grants_roles(string role)
    {
        var person = await _app.PersonAsync();
        (await SetAsync(person.UserId, await _app.AdminTokenAsync(), role)).Is(200);
        var token = (await _app.LogInAsync(person.Email)).Is(200)["access_token"]!.GetValue<string>();
        (await SetAsync(person.UserId, token, "admin")).IsProblem(403, "forbidden");
        (await SetAsync(person.UserId, null, "admin")).IsProblem(401, "unauthorized");
    }

    [Theory]
    [InlineData("""[]""")]
    [InlineData("""["king"]""")]
    [InlineData("""["Admin"]""")]
    [InlineData("""[null]""")]
    [InlineData("""null""")]
    [InlineData("\"support\"")]
    public async Task Roles_that_do_not_exist_are_refused(string roles)
    {
        var person = await _app.PersonAsync();
        var body = System.Text.Json.Nodes.JsonNode.Parse($$"""{"roles":{{roles}}}""")!;
        (await _app.SendAsync(HttpMethod.Put, $"/user/{person.UserId}/roles", body, await _app.AdminTokenAsync())).IsProblem(400, "validation_failed");
    }

    [Theory]
    [InlineData("user-00000000000000000000000000")]
    [InlineData("nonsense")]
    public async Task An_unknown_user_is_not_found(string userId) =>
        (await SetAsync(userId, await _app.AdminTokenAsync(), "support")).IsProblem(404, "user_not_found");

    [Fact]
    public async Task The_last_admin_stays_admin()
    {
        var admin = (await _app.LogInAsync(UsersApp.AdminEmail)).Is(200);
        var adminId = admin["user_id"]!.GetValue<string>();
        var token = admin["access_token"]!.GetValue<string>();
        (await SetAsync(adminId, token, "customer")).IsProblem(409, "last_admin");

        var second = await _app.PersonAsync();
        (await SetAsync(second.UserId, token, "admin")).Is(200);
        (await SetAsync(second.UserId, token, "admin")).Is(200);
        (await SetAsync(adminId, token, "customer")).Is(200);
        (await SetAsync(second.UserId, token, "customer")).IsProblem(403, "forbidden");
        (await SetAsync(second.UserId, (await _app.LogInAsync(second.Email)).Is(200)["access_token"]!.GetValue<string>(), "customer")).IsProblem(409, "last_admin");
    }

    [Fact]
    public async Task Two_admins_who_dismiss_each_other_at_once_leave_one()
    {
        var admin = (await _app.LogInAsync(UsersApp.AdminEmail)).Is(200);
        var token = admin["access_token"]!.GetValue<string>();
        var second = await _app.PersonAsync();
        (await SetAsync(second.UserId, token, "admin")).Is(200);
        var answers = await Task.WhenAll(SetAsync(admin["user_id"]!.GetValue<string>(), token, "customer"), SetAsync(second.UserId, token, "customer"));

        // The loser is told that it is the last one, or that it is none any more.
        Assert.Equal(200, answers.Min(answer => answer.Status));
        Assert.Contains(answers.Max(answer => answer.Status), new[] { 403, 409 });
    }

    private static IEnumerable<string> Roles(System.Text.Json.Nodes.JsonNode user) => user["roles"]!.AsArray().Select(role => role!.GetValue<string>());

    private Task<Answer> SetAsync(string userId, string? token, params string[] roles) =>
        _app.SendAsync(HttpMethod.Put, $"/user/{userId}/roles", new { roles }, token);
}
