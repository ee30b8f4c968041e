using System.Text;

namespace Evently.Api.Tests.Conventions;

public sealed class BodyTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Theory]
    [InlineData("""{"email":"a@b.example","password":"0123456789","remember":true}""")]
    [InlineData("""{"email":"a@b.example","password":"0123456789","Email":"c@d.example"}""")]
    public async Task An_unknown_member_is_refused_by_its_name(string json)
    {
        var refused = (await _world.Anonymous.PostTextAsync("/user/token", json)).IsProblem(400, "unknown_field");

        Assert.True(refused.Text.Contains("remember", StringComparison.Ordinal) || refused.Text.Contains("Email", StringComparison.Ordinal), refused.ToString());
    }

    [Fact]
    public async Task An_unknown_member_deep_inside_is_refused()
    {
        var venue = (await _world.VenueAsync()).String("venue_id");

        (await (await _world.OrganizerAsync()).Api.PostTextAsync($"/venue/{venue}/seats", """{"seats":[{"row":"A","seat_num":1,"seat_type":"standard","price":1}]}"""))
            .IsProblem(400, "unknown_field");
    }

    [Fact]
    public async Task A_member_given_twice_is_refused()
    {
        var refused = await _world.Anonymous.PostTextAsync("/user/token", """{"email":"a@b.example","email":"c@d.example","password":"0123456789"}""");

        refused.IsProblem(400);
    }

    /// <summary>The keys of a map are the client's own; one of them twice is as much a mistake as a field twice.</summary>
    [Fact]
    public async Task A_key_of_a_map_given_twice_is_refused()
    {
        var organizer = await _world.OrganizerAsync();
        var start = """{"venue_id":"venue-x","name":"Twice","start_time":"2099-01-01T20:00:00Z","duration":60,"seat_type_prices":""";

        (await organizer.Api.PostTextAsync("/events", start + """{"standard":1,"standard":2}}""")).IsProblem(400, "duplicate_field");

        // The same letters in two Unicode forms are one seat type.
        var refused = await organizer.Api.PostTextAsync("/events", start + "{\"caf\u00e9\":1,\"cafe\u0301\":2}}");
        refused.IsProblem(400, "validation_failed");
        Assert.True(refused["errors"].TryGetProperty("seat_type_prices", out _), refused.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("{")]
    [InlineData("{'email':1}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("7")]
    [InlineData("""{"email":"a@b.example","password":"0123456789"} trailing""")]
    [InlineData("""{"email":"a@b.example","password":"0123456789",}""")]
    [InlineData("""{"email":7,"password":"0123456789"}""")]
    [InlineData("""{"email":["a@b.example"],"password":{}}""")]
    public async Task A_body_that_is_not_the_expected_json_is_refused(string json)
    {
        (await _world.Anonymous.PostTextAsync("/user/token", json)).IsProblem(400);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    public async Task Another_content_type_is_refused_with_415(string contentType)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes("""{"email":"a@b.example","password":"0123456789"}"""));
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);

        (await _world.Anonymous.SendAsync(HttpMethod.Post, "/user/token", content)).IsProblem(415);
    }

    [Fact]
    public async Task A_missing_content_type_is_refused_with_415()
    {
        using var content = new ByteArrayContent("{}"u8.ToArray());

        (await _world.Anonymous.SendAsync(HttpMethod.Post, "/user/token", content)).IsProblem(415);
    }

    [Fact]
    public async Task Bodies_and_names_come_back_in_utf8()
    {
        var name = World.Unique("Füße, 東京, 🎟");
        var venue = (await (await _world.OrganizerAsync()).Api.PostAsync("/venue", new { name, city = "São Paulo", description = "“quoted”", seat_types = new[] { "a" } })).IsJson(201);

        var read = (await _world.Anonymous.GetAsync($"/venue/{venue.String("venue_id")}")).IsJson(200);

        Assert.Equal(name, read.String("name"));
        Assert.Equal("São Paulo", read.String("city"));
        Assert.Equal("“quoted”", read.String("description"));
    }

    [Fact]
    public async Task A_call_without_a_body_to_send_takes_an_empty_one()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var (first, second) = (await show.HoldAsync(user, "A-1"), await show.HoldAsync(user, "A-2"));

        (await user.Api.PostAsync($"/{first}/cancel")).Is(200);
        (await user.Api.PostTextAsync($"/{second}/cancel", "{}")).Is(200);
    }
}
