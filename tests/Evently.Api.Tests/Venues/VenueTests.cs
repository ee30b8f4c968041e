namespace Evently.Api.Tests.Venues;

public sealed class VenueTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task A_created_venue_is_answered_in_full_and_can_be_read_by_anybody()
    {
        var name = World.Unique("Philharmonie");
        var created = (await (await _world.OrganizerAsync()).Api.PostAsync("/venue", new
        {
            name,
            city = "Zürich",
            description = "Line one.\nLine two.",
            seat_types = new[] { "balcony", "stalls" },
            time_zone = "Europe/Zurich",
        })).IsJson(201);

        created["venue_id"].IsId("venue");
        Assert.Equal(name, created.String("name"));
        Assert.Equal("Zürich", created.String("city"));
        Assert.Equal("Line one.\nLine two.", created.String("description"));
        Assert.Equal(["balcony", "stalls"], created["seat_types"].Strings().Order());
        Assert.Equal("Europe/Zurich", created.String("time_zone"));
        Assert.Equal(0, created.Number("seat_count"));
        created["created_at"].IsTime();
        Assert.EndsWith("/venue/" + created.String("venue_id"), created.Header("Location"), StringComparison.Ordinal);

        var read = (await _world.Anonymous.GetAsync($"/venue/{created.String("venue_id")}")).IsJson(200);
        Assert.Equal(created.Text, read.Text);
    }

    [Fact]
    public async Task The_time_zone_may_be_left_out()
    {
        var created = (await (await _world.OrganizerAsync()).Api.PostAsync("/venue", new { name = World.Unique("hall"), city = "Rome", description = "d", seat_types = new[] { "standard" } }))
            .Is(201);

        Assert.NotEmpty(created.String("time_zone"));
    }

    [Fact]
    public async Task A_description_may_be_empty()
    {
        Assert.SkipUnless(Backend.TakesEmptyTexts, "DynamoDB Local refuses empty texts; DynamoDB takes them.");
        var organizer = await _world.OrganizerAsync();
        var created = (await organizer.Api.PostAsync("/venue", new { name = World.Unique("hall"), city = "Rome", description = "", seat_types = new[] { "standard" } })).Is(201);

        Assert.Equal("", (await _world.Anonymous.GetAsync($"/venue/{created.String("venue_id")}")).Is(200).String("description"));
    }

    [Theory]
    [InlineData("""{"city":"Rome","description":"d","seat_types":["a"]}""", "name")]
    [InlineData("""{"name":"","city":"Rome","description":"d","seat_types":["a"]}""", "name")]
    [InlineData("""{"name":"n","description":"d","seat_types":["a"]}""", "city")]
    [InlineData("""{"name":"n","city":"Rome","description":"d"}""", "seat_types")]
    [InlineData("""{"name":"n","city":"Rome","description":"d","seat_types":[]}""", "seat_types")]
    [InlineData("""{"name":"n","city":"Rome","description":"d","seat_types":[""]}""", "seat_types")]
    [InlineData("""{"name":"n","city":"Rome","description":"d","seat_types":["a"],"time_zone":"Mars/Olympus"}""", "time_zone")]
    public async Task A_wrong_value_is_refused_by_its_field(string json, string field)
    {
        (await (await _world.OrganizerAsync()).Api.PostTextAsync("/venue", json)).IsInvalid(field);
    }

    [Fact]
    public async Task Venues_are_found_by_city_whatever_its_case()
    {
        var city = World.Unique("Stadt");
        var venue = (await _world.VenueAsync(city: city)).String("venue_id");
        await _world.VenueAsync(city: World.Unique("Elsewhere"));

        var found = (await _world.Anonymous.GetAsync($"/venue?city={city.ToUpperInvariant()}")).IsJson(200);

        Assert.Equal(venue, Assert.Single(found.List()).GetProperty("venue_id").GetString());
    }

    [Fact]
    public async Task The_list_of_venues_comes_in_pages_without_gaps_or_repeats()
    {
        var city = World.Unique("Stadt");
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Add((await _world.VenueAsync(city: city)).String("venue_id"));

        var pages = await _world.Anonymous.AllAsync($"/venue?city={city}&limit=2");

        Assert.Equal(ids.Order(), pages.Select(venue => venue.GetProperty("venue_id").GetString()!).Order());
    }

    [Fact]
    public async Task A_venue_that_does_not_exist_is_not_found()
    {
        (await _world.Anonymous.GetAsync("/venue/venue-00000000000000000000000000")).IsProblem(404, "venue_not_found");
        (await _world.Anonymous.GetAsync("/venue/nonsense")).IsProblem(404, "venue_not_found");
    }

    [Fact]
    public async Task Customers_and_strangers_create_no_venues()
    {
        var body = new { name = "n", city = "Rome", description = "d", seat_types = new[] { "a" } };

        (await (await _world.CustomerAsync()).Api.PostAsync("/venue", body)).IsProblem(403, "forbidden");
        var stranger = (await _world.Anonymous.PostAsync("/venue", body)).IsProblem(401);
        Assert.NotNull(stranger.Header("WWW-Authenticate"));
    }
}
