using System.Text.Json.Nodes;

namespace Evently.Api.Tests.Events;

public sealed class CreateEventTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task A_created_event_is_answered_in_full_and_can_be_read_by_anybody()
    {
        var organizer = await _world.OrganizerAsync();
        var venue = (await _world.VenueAsync()).String("venue_id");
        await AddSeatsAsync(venue);
        var name = World.Unique("Évening");

        var created = (await organizer.Api.PostAsync("/events", new
        {
            venue_id = venue,
            name,
            start_time = "2030-07-01T20:00:00+02:00",
            duration = 150,
            artists = new[] { "The Beatles", "Björk" },
            tags = new[] { "rock", "open air" },
            description = "A night.",
            seat_type_prices = new { standard = 45.50m, vip = 120m },
            currency = "EUR",
            sales_open_at = "2020-01-01T00:00:00Z",
            hold_seconds = 120,
            max_seats_per_booking = 4,
        })).IsJson(201);

        created["event_id"].IsId("event");
        Assert.EndsWith("/events/" + created.String("event_id"), created.Header("Location"), StringComparison.Ordinal);
        Assert.Equal(venue, created.String("venue_id"));
        Assert.Equal(name, created.String("name"));
        Assert.Equal(new DateTimeOffset(2030, 7, 1, 18, 0, 0, TimeSpan.Zero), created["start_time"].IsTime());
        Assert.Equal(150, created.Number("duration"));
        Assert.Equal(["The Beatles", "Björk"], created["artists"].Strings());
        Assert.Equal(["rock", "open air"], created["tags"].Strings());
        Assert.Equal("A night.", created.String("description"));
        created["seat_type_prices"].GetProperty("standard").IsMoney("45.50");
        created["seat_type_prices"].GetProperty("vip").IsMoney("120.00");
        Assert.Equal("EUR", created.String("currency"));
        created["sales_open_at"].IsTime();
        Assert.Equal(120, created.Number("hold_seconds"));
        Assert.Equal(4, created.Number("max_seats_per_booking"));
        Assert.NotEmpty(created.String("venue_name"));
        Assert.Equal("Berlin", created.String("city"));
        Assert.Equal("Europe/Berlin", created.String("time_zone"));
        Assert.NotEmpty(created.String("state"));
        created["created_at"].IsTime();
        Assert.Equal(created.Text, (await _world.Anonymous.GetAsync($"/events/{created.String("event_id")}")).IsJson(200).Text);
    }

    [Fact]
    public async Task What_may_be_left_out_has_the_documented_defaults()
    {
        var venue = (await _world.VenueAsync()).String("venue_id");
        await AddSeatsAsync(venue);

        var created = (await (await _world.OrganizerAsync()).Api.PostAsync("/events", new
        {
            venue_id = venue,
            name = World.Unique("plain"),
            start_time = "2030-07-01T20:00:00Z",
            duration = 60,
            artists = Array.Empty<string>(),
            tags = Array.Empty<string>(),
            description = "",
            seat_type_prices = new { standard = 10, vip = 20 },
        })).Is(201);

        Assert.Equal("USD", created.String("currency"));
        Assert.Equal(8, created.Number("max_seats_per_booking"));
        created["seat_type_prices"].GetProperty("standard").IsMoney("10.00");
        var now = TimeProvider.System.GetUtcNow();
        var held = (await (await _world.CustomerAsync()).Api.PostAsync($"/events/{created.String("event_id")}/hold", new { seats = new[] { "A-1" } })).Is(201);
        Assert.InRange(held["expires_at"].IsTime(), now.AddSeconds(175), now.AddSeconds(200));
    }

    [Theory]
    [InlineData("JPY", 4500, "4500")]
    [InlineData("KWD", 4.125, "4.125")]
    public async Task Prices_have_the_decimals_of_their_currency(string currency, double price, string written)
    {
        var show = await _world.ShowAsync(new ShowPlan
        {
            Currency = currency,
            Rows = [new("A", 4, "standard")],
            Prices = new Dictionary<string, decimal> { ["standard"] = (decimal)price },
        });

        show.Created["seat_type_prices"].GetProperty("standard").IsMoney(written);
        (await show.TryHoldAsync(await _world.CustomerAsync(), "A-1")).Is(201)["total"].IsMoney(written);
    }

    [Theory]
    [InlineData("name", "\"\"")]
    [InlineData("name", "null")]
    [InlineData("start_time", "\"tomorrow\"")]
    [InlineData("start_time", "\"2030-07-01T20:00:00\"")]
    [InlineData("start_time", "null")]
    [InlineData("duration", "0")]
    [InlineData("duration", "-5")]
    [InlineData("currency", "\"XXX\"")]
    [InlineData("currency", "\"usd \"")]
    [InlineData("hold_seconds", "4")]
    [InlineData("hold_seconds", "3601")]
    [InlineData("max_seats_per_booking", "0")]
    [InlineData("max_seats_per_booking", "21")]
    [InlineData("seat_type_prices", """{"standard":-1,"vip":1}""")]
    [InlineData("seat_type_prices", """{"standard":1.005,"vip":1}""")]
    [InlineData("seat_type_prices", """{"standard":1e15,"vip":1}""")]
    [InlineData("seat_type_prices", "null")]
    public async Task A_wrong_value_is_refused(string field, string value)
    {
        var venue = (await _world.VenueAsync()).String("venue_id");
        await AddSeatsAsync(venue);
        var body = World.EventBody(venue, new ShowPlan());
        body[field] = JsonNode.Parse(value);

        (await (await _world.OrganizerAsync()).Api.PostTextAsync("/events", body.ToJsonString())).IsProblem(400);
    }

    [Theory]
    [InlineData("state")]
    [InlineData("event_id")]
    [InlineData("owner_id")]
    [InlineData("organizer_id")]
    [InlineData("venue_name")]
    [InlineData("created_at")]
    public async Task An_owner_or_a_state_in_the_body_is_refused(string member)
    {
        var body = World.EventBody("venue-00000000000000000000000000", new ShowPlan());
        body[member] = "user-00000000000000000000000000";

        (await (await _world.OrganizerAsync()).Api.PostAsync("/events", body)).IsProblem(400, "unknown_field");
    }

    [Fact]
    public async Task Every_seat_type_of_the_venue_needs_a_price()
    {
        var venue = (await _world.VenueAsync()).String("venue_id");
        await AddSeatsAsync(venue);
        var plan = new ShowPlan { Prices = new Dictionary<string, decimal> { ["standard"] = 10m } };

        (await (await _world.OrganizerAsync()).Api.PostAsync("/events", World.EventBody(venue, plan))).IsProblem(400, "seat_type_not_priced");
    }

    [Fact]
    public async Task A_price_of_a_type_that_the_venue_lacks_is_refused()
    {
        var venue = (await _world.VenueAsync()).String("venue_id");
        await AddSeatsAsync(venue);
        var plan = new ShowPlan { Prices = new Dictionary<string, decimal> { ["standard"] = 10m, ["vip"] = 20m, ["throne"] = 30m } };

        (await (await _world.OrganizerAsync()).Api.PostAsync("/events", World.EventBody(venue, plan))).IsProblem(400, "unknown_seat_type");
    }

    [Fact]
    public async Task An_event_needs_a_venue_that_exists()
    {
        var organizer = await _world.OrganizerAsync();

        (await organizer.Api.PostAsync("/events", World.EventBody("venue-00000000000000000000000000", new ShowPlan()))).IsProblem(404, "venue_not_found");
        (await organizer.Api.PostAsync("/events", World.EventBody("nonsense", new ShowPlan()))).IsProblem(404, "venue_not_found");
    }

    [Fact]
    public async Task Customers_and_strangers_create_no_events()
    {
        var venue = (await _world.VenueAsync()).String("venue_id");
        var body = World.EventBody(venue, new ShowPlan());

        (await (await _world.CustomerAsync()).Api.PostAsync("/events", body)).IsProblem(403, "forbidden");
        (await _world.Anonymous.PostAsync("/events", body)).IsProblem(401);
    }

    [Fact]
    public async Task An_event_sells_the_seats_that_its_venue_had_when_it_was_created()
    {
        var show = await _world.ShowAsync(new ShowPlan { Rows = [new("A", 2, "standard"), new("V", 1, "vip")] });
        (await show.Organizer.Api.PostAsync($"/venue/{show.VenueId}/seats", new { rows = new[] { new { row = "B", first = 1, last = 2, seat_type = "standard" } } })).Is(201);
        var later = await _world.ShowAsync(new ShowPlan { VenueId = show.VenueId });

        Assert.Equal(["A-1", "A-2", "V-1"], (await show.SeatsAsync()).Keys.Order());
        Assert.Equal(["A-1", "A-2", "B-1", "B-2", "V-1"], (await later.SeatsAsync()).Keys.Order());
        (await show.TryHoldAsync(await _world.CustomerAsync(), "B-1")).IsProblem(400, "unknown_seats");
        (await later.TryHoldAsync(await _world.CustomerAsync(), "B-1")).Is(201);
    }

    private async Task AddSeatsAsync(string venue) =>
        (await (await _world.OrganizerAsync()).Api.PostAsync($"/venue/{venue}/seats", new
        {
            rows = new[] { new { row = "A", first = 1, last = 3, seat_type = "standard" }, new { row = "V", first = 1, last = 3, seat_type = "vip" } },
        })).Is(201);
}
