namespace Evently.Api.Tests.Users;

public sealed class TokenTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task The_right_password_gets_a_bearer_token_that_works()
    {
        var user = await _world.CustomerAsync();

        var token = (await _world.Anonymous.PostAsync("/user/token", new { email = user.Email, password = user.Password })).IsJson(200);

        Assert.Equal("Bearer", token.String("token_type"));
        Assert.True(token.Number("expires_in") > 0);
        Assert.Equal(user.Id, token.String("user_id"));
        Assert.Equal(["customer"], token["roles"].Strings());
        (await _world.Anonymous.With(token.String("access_token")).GetAsync($"/user/{user.Id}")).Is(200);
    }

    [Fact]
    public async Task A_token_is_not_to_be_cached()
    {
        var user = await _world.CustomerAsync();

        var token = (await _world.Anonymous.PostAsync("/user/token", new { email = user.Email, password = user.Password })).Is(200);

        Assert.Contains("no-store", token.Header("Cache-Control") ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_email_is_found_whatever_its_case()
    {
        var user = await _world.CustomerAsync();

        (await _world.Anonymous.PostAsync("/user/token", new { email = user.Email.ToUpperInvariant(), password = user.Password })).Is(200);
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_email_get_the_same_answer()
    {
        var user = await _world.CustomerAsync();

        var wrong = (await _world.Anonymous.PostAsync("/user/token", new { email = user.Email, password = "another long password" })).IsProblem(401, "invalid_credentials");
        var unknown = (await _world.Anonymous.PostAsync("/user/token", new { email = World.Unique("nobody") + "@evently.test", password = World.Password }))
            .IsProblem(401, "invalid_credentials");

        Assert.Equal(wrong.String("detail"), unknown.String("detail"));
    }

    [Fact]
    public async Task Repeated_failures_are_slowed_down_also_for_the_right_password()
    {
        const int Bound = 50;
        var user = await _world.CustomerAsync();

        var tries = 0;
        Answer answer;
        do
        {
            answer = await _world.Anonymous.PostAsync("/user/token", new { email = user.Email, password = "another long password" });
            tries++;
        }
        while (answer.Status == 401 && tries < Bound);

        answer.IsProblem(429);
        (await _world.Anonymous.PostAsync("/user/token", new { email = user.Email, password = user.Password })).IsProblem(429);
    }

    [Fact]
    public async Task Missing_credentials_are_named()
    {
        (await _world.Anonymous.PostAsync("/user/token", new { })).IsInvalid("email").IsInvalid("password");
    }
}
