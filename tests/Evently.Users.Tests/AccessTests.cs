using Evently.Users.Tests.Driver;

namespace Evently.Users.Tests;

public sealed class AccessTests(UsersFixture users) : IClassFixture<UsersFixture>
{
    private const string Unknown = "user-00000000000000000000000000";
    private readonly UsersApp _app = users.App;

    [Theory]
    [InlineData("")]
    [InlineData("/bookings")]
    public async Task One_sees_oneself_and_others_look_like_nobody(string below)
    {
        var person = await _app.PersonAsync();
        var other = await _app.PersonAsync();
        (await _app.GetAsync($"/user/{person.UserId}{below}", person.Token)).Is(200);
        var foreign = await _app.GetAsync($"/user/{other.UserId}{below}", person.Token);
        var unknown = await _app.GetAsync($"/user/{Unknown}{below}", person.Token);
        foreign.IsProblem(404, "user_not_found");
        Assert.Equal(unknown.Comparable(), foreign.Comparable());
        (await _app.GetAsync($"/user/{person.UserId}{below}")).IsProblem(401, "unauthorized");
    }

    [Theory]
    [InlineData("support")]
    [InlineData("admin")]
    public async Task Support_and_admin_see_everybody(string role)
    {
        var person = await _app.PersonAsync();
        var staff = await _app.PersonAsync();
        (await _app.SendAsync(HttpMethod.Put, $"/user/{staff.UserId}/roles", new { roles = new[] { role } }, await _app.AdminTokenAsync())).Is(200);
        var token = (await _app.LogInAsync(staff.Email)).Is(200)["access_token"]!.GetValue<string>();
        (await _app.GetAsync($"/user/{person.UserId}", token)).Is(200);
        (await _app.GetAsync($"/user/{person.UserId}/bookings", token)).Is(200);
        (await _app.GetAsync($"/user/{Unknown}", token)).IsProblem(404, "user_not_found");
        (await _app.GetAsync($"/user/{Unknown}/bookings", token)).IsProblem(404, "user_not_found");
    }

    [Fact]
    public async Task No_answer_holds_a_password()
    {
        var person = await _app.PersonAsync();
        var user = (await _app.GetAsync($"/user/{person.UserId}", person.Token)).Is(200);
        Assert.DoesNotContain(user.AsObject(), member => member.Key.Contains("password", StringComparison.Ordinal));
    }
}
