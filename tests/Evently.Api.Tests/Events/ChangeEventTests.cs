using System.Text.Json.Nodes;

namespace Evently.Api.Tests.Events;

public sealed class ChangeEventTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task Each_named_field_changes_and_the_others_stay()
    {
        var show = await _world.ShowAsync(new ShowPlan { Tags = ["rock"], Artists = ["A"] });
        var name = World.Unique("renamed");

        var changed = (await show.Organizer.Api.PatchAsync(show.Path, new { name, tags = new[] { "jazz" }, duration = 45, start_time = "2031-01-01T10:00:00+01:00" })).IsJson(200);

        Assert.Equal(name, changed.String("name"));
        Assert.Equal(["jazz"], changed["tags"].Strings());
        Assert.Equal(["A"], changed["artists"].Strings());
        Assert.Equal(45, changed.Number("duration"));
        Assert.Equal(new DateTimeOffset(2031, 1, 1, 9, 0, 0, TimeSpan.Zero), changed["start_time"].IsTime());
        Assert.Equal(show.Created.String("description"), changed.String("description"));
        Assert.Equal(changed.Text, (await _world.Anonymous.GetAsync(show.Path)).Is(200).Text);
    }

    [Fact]
    public async Task A_later_opening_of_sales_stops_new_holds()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        (await show.TryHoldAsync(user, "A-1")).Is(201);

        (await show.Organizer.Api.PatchAsync(show.Path, new { sales_open_at = "2029-12-31T12:00:00Z" })).Is(200);

        var refused = await Eventually.AnswersAsync(() => show.TryHoldAndLetGoAsync(user, "A-2"), answer => answer.Status == 409);
        refused.IsProblem(409, "sales_not_open");
        Assert.Equal(new DateTimeOffset(2029, 12, 31, 12, 0, 0, TimeSpan.Zero), refused["opens_at"].IsTime());
    }

    [Theory]
    [InlineData("state", "\"cancelled\"")]
    [InlineData("venue_id", "\"venue-00000000000000000000000000\"")]
    [InlineData("event_id", "\"event-00000000000000000000000000\"")]
    [InlineData("owner_id", "\"user-00000000000000000000000000\"")]
    [InlineData("currency", "\"JPY\"")]
    [InlineData("max_seats_per_booking", "20")]
    public async Task What_does_not_change_is_refused(string field, string value)
    {
        var show = await _world.ShowAsync();
        var body = new JsonObject { [field] = JsonNode.Parse(value) };

        (await show.Organizer.Api.PatchAsync(show.Path, body)).IsProblem(400, "unknown_field");

        Assert.Equal(show.Created.Text, (await _world.Anonymous.GetAsync(show.Path)).Is(200).Text);
    }

    [Theory]
    [InlineData("name", "\"\"")]
    [InlineData("duration", "-1")]
    [InlineData("start_time", "\"soon\"")]
    public async Task A_wrong_value_is_refused(string field, string value)
    {
        var show = await _world.ShowAsync();

        (await show.Organizer.Api.PatchAsync(show.Path, new JsonObject { [field] = JsonNode.Parse(value) })).IsProblem(400);
    }

    [Fact]
    public async Task The_owner_and_an_admin_change_an_event_and_nobody_else()
    {
        var show = await _world.ShowAsync();
        var body = new { description = "Changed." };

        (await (await _world.AdminAsync()).Api.PatchAsync(show.Path, body)).Is(200);
        (await (await _world.UserAsync("organizer")).Api.PatchAsync(show.Path, body)).IsProblem(403, "forbidden");
        (await (await _world.CustomerAsync()).Api.PatchAsync(show.Path, body)).IsProblem(403, "forbidden");
        (await _world.Anonymous.PatchAsync(show.Path, body)).IsProblem(401);
    }

    [Fact]
    public async Task An_event_that_does_not_exist_is_not_found()
    {
        var admin = await _world.AdminAsync();

        (await admin.Api.PatchAsync("/events/event-00000000000000000000000000", new { name = "x" })).IsProblem(404, "event_not_found");
        (await _world.Anonymous.GetAsync("/events/event-00000000000000000000000000")).IsProblem(404, "event_not_found");
        (await _world.Anonymous.GetAsync("/events/nonsense")).IsProblem(404, "event_not_found");
    }

    [Fact]
    public async Task Concurrent_changes_of_different_fields_are_all_kept()
    {
        var show = await _world.ShowAsync();

        var answers = await Task.WhenAll(
            show.Organizer.Api.PatchAsync(show.Path, new { description = "Changed at the same time." }),
            show.Organizer.Api.PatchAsync(show.Path, new { duration = 33 }),
            show.Organizer.Api.PatchAsync(show.Path, new { tags = new[] { "kept" } }));

        Assert.All(answers, answer => answer.Is(200));
        var read = (await _world.Anonymous.GetAsync(show.Path)).Is(200);
        Assert.Equal("Changed at the same time.", read.String("description"));
        Assert.Equal(33, read.Number("duration"));
        Assert.Equal(["kept"], read["tags"].Strings());
    }
}
