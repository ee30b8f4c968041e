using Evently.Shared.Messaging;
using Evently.Users.Tests.Driver;

namespace Evently.Users.Tests;

public sealed class RegisterUserTests : IAsyncLifetime
{
    private UsersApp _app = null!;

    public async ValueTask InitializeAsync() => _app = await UsersApp.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task A_new_user_is_a_customer_with_an_address_of_its_own()
    {
        var answer = await _app.PostAsync("/user", new { email = " Ada@Example.com ", phone = "+491701234567", password = UsersApp.Password, name = "Ada" });
        var user = answer.Is(201);
        Assert.Matches("^user-[0-9A-Z]{26}$", user["user_id"]!.GetValue<string>());
        Assert.Equal("Ada@Example.com", user["email"]!.GetValue<string>());
        Assert.Equal("Ada", user["name"]!.GetValue<string>());
        Assert.Equal("+491701234567", user["phone"]!.GetValue<string>());
        Assert.Equal(["customer"], user["roles"]!.AsArray().Select(role => role!.GetValue<string>()));
        Assert.EndsWith("Z", user["created_at"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal($"/user/{user["user_id"]}", answer.Headers["Location"]);
        Assert.Equal(7, user.AsObject().Count);
    }

    [Theory]
    [InlineData("ada@example.com")]
    [InlineData("ADA@EXAMPLE.COM")]
    [InlineData("  ada@Example.com ")]
    public async Task An_address_is_taken_however_it_is_written(string email)
    {
        (await _app.PostAsync("/user", new { email = "Ada@example.com", phone = "+491701234567", password = UsersApp.Password })).Is(201);
        (await _app.PostAsync("/user", new { email, phone = "+491701234568", password = UsersApp.Password })).IsProblem(409, "email_taken");
    }

    [Fact]
    public async Task Of_many_who_register_one_address_at_once_one_gets_it()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => _app.PostAsync("/user", new { email = "race@example.com", phone = "+491701234567", password = UsersApp.Password })));
        Assert.Single(answers, answer => answer.Status == 201);
        Assert.Equal(11, answers.Count(answer => answer.Status == 409));
    }

    [Theory]
    [InlineData("email", null)]
    [InlineData("email", "")]
    [InlineData("email", "ada")]
    [InlineData("email", "ada@localhost")]
    [InlineData("email", "ada@@example.com")]
    [InlineData("email", "a da@example.com")]
    [InlineData("email", "ada@example.com\u0000")]
    [InlineData("email", "<script>@example.com")]
    [InlineData("phone", null)]
    [InlineData("phone", "01701234567")]
    [InlineData("phone", "+0491701234567")]
    [InlineData("phone", "+49 170 1234567")]
    [InlineData("phone", "+4917012345678901")]
    [InlineData("password", null)]
    [InlineData("password", "123456789")]
    [InlineData("name", "")]
    [InlineData("name", "a\u0007b")]
    public async Task What_is_wrong_is_said_of_its_field(string field, string? value)
    {
        var request = new Dictionary<string, string?> { ["email"] = "ada@example.com", ["phone"] = "+491701234567", ["password"] = UsersApp.Password, ["name"] = "Ada" };
        request[field] = value;
        var problem = (await _app.PostAsync("/user", request)).IsProblem(400, "validation_failed");
        Assert.Equal([field], problem["errors"]!.AsObject().Select(error => error.Key));
    }

    [Theory]
    [InlineData(10, 201)]
    [InlineData(128, 201)]
    [InlineData(129, 400)]
    public async Task A_password_has_10_to_128_characters(int length, int status) =>
        (await _app.PostAsync("/user", new { email = "ada@example.com", phone = "+491701234567", password = string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + (i * i % 23)))) })).Is(status);

    [Theory]
    [InlineData("roles")]
    [InlineData("user_id")]
    [InlineData("created_at")]
    public async Task What_is_not_the_callers_to_say_is_refused(string member)
    {
        var request = new Dictionary<string, object> { ["email"] = "ada@example.com", ["phone"] = "+491701234567", ["password"] = UsersApp.Password, [member] = "admin" };
        (await _app.PostAsync("/user", request)).IsProblem(400, "unknown_field");
    }

    [Fact]
    public async Task The_other_modules_hear_of_a_new_user()
    {
        var person = await _app.PersonAsync();
        Assert.True(await new MessagingQuiescence(_app.Services).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        Assert.True(Registrations.Knows(person.UserId));
    }
}
