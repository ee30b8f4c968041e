namespace Evently.Api.Tests.Users;

public sealed class SignUpTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task A_new_user_is_a_customer_and_is_told_all_but_the_password()
    {
        var email = World.Unique("ann") + "@evently.test";
        var phone = _world.Phone();

        var created = (await _world.Anonymous.PostAsync("/user", new { email, phone, password = World.Password, name = "Ann Example" })).IsJson(201);

        created["user_id"].IsId("user");
        Assert.Equal(email, created.String("email"));
        Assert.Equal(phone, created.String("phone"));
        Assert.Equal("Ann Example", created.String("name"));
        Assert.Equal(["customer"], created["roles"].Strings());
        created["created_at"].IsTime();
        Assert.EndsWith("/user/" + created.String("user_id"), created.Header("Location"), StringComparison.Ordinal);
        Assert.DoesNotContain("password", created.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_name_may_be_left_out()
    {
        var created = await _world.Anonymous.PostAsync("/user", new { email = World.Unique("bob") + "@evently.test", phone = _world.Phone(), password = World.Password });

        created.Is(201);
    }

    [Fact]
    public async Task An_email_signs_up_once_whatever_its_case()
    {
        var email = World.Unique("carl") + "@evently.test";
        (await _world.Anonymous.PostAsync("/user", _world.SignUp(email))).Is(201);

        (await _world.Anonymous.PostAsync("/user", _world.SignUp(email))).IsProblem(409, "email_taken");
        (await _world.Anonymous.PostAsync("/user", _world.SignUp(email.ToUpperInvariant()))).IsProblem(409, "email_taken");
    }

    [Fact]
    public async Task Concurrent_sign_ups_with_one_email_make_one_account()
    {
        var email = World.Unique("dora") + "@evently.test";

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _world.Anonymous.PostAsync("/user", _world.SignUp(email))));

        Assert.Single(answers, answer => answer.Status == 201);
        Assert.All(answers.Where(answer => answer.Status != 201), answer => answer.IsProblem(409, "email_taken"));
    }

    [Theory]
    [InlineData("email", "")]
    [InlineData("email", "nobody")]
    [InlineData("email", "two words@evently.test")]
    [InlineData("email", null)]
    [InlineData("phone", "030 123456")]
    [InlineData("phone", "+0")]
    [InlineData("phone", "+123456789012345678")]
    [InlineData("phone", null)]
    [InlineData("password", "nine char")]
    [InlineData("password", "")]
    [InlineData("password", null)]
    public async Task A_wrong_value_is_refused_by_its_field(string field, string? value)
    {
        var body = new Dictionary<string, string?>
        {
            ["email"] = World.Unique("eve") + "@evently.test",
            ["phone"] = _world.Phone(),
            ["password"] = World.Password,
            [field] = value,
        };

        (await _world.Anonymous.PostAsync("/user", body)).IsInvalid(field);
    }

    [Fact]
    public async Task Every_wrong_field_is_named_in_one_answer()
    {
        var answer = await _world.Anonymous.PostAsync("/user", new { email = "nobody", phone = "1", password = "short" });

        answer.IsInvalid("email").IsInvalid("phone").IsInvalid("password");
    }

    [Theory]
    [InlineData("roles", """["admin"]""")]
    [InlineData("role", "\"admin\"")]
    [InlineData("user_id", "\"user-00000000000000000000000001\"")]
    [InlineData("is_admin", "true")]
    public async Task A_role_or_an_id_in_the_body_is_refused(string member, string value)
    {
        var json = $$"""{"email":"{{World.Unique("mallory")}}@evently.test","phone":"{{_world.Phone()}}","password":"{{World.Password}}","{{member}}":{{value}}}""";

        (await _world.Anonymous.PostTextAsync("/user", json)).IsProblem(400, "unknown_field");
    }
}
