using System.Text.Json;

namespace Evently.Api.Tests.Venues;

public sealed class VenueSeatsTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task Seats_are_added_one_by_one()
    {
        var venue = (await _world.VenueAsync()).String("venue_id");

        var added = (await AddAsync(venue, new
        {
            seats = new object[]
            {
                new { row = "A", seat_num = 1, seat_type = "standard" },
                new { row = "A", seat_num = 2, seat_type = "vip" },
                new { row = "A", seat_num = 1, seat_type = "standard", section = "Balcony left" },
            },
        })).IsJson(201);

        Assert.Equal(["A-1", "A-2", "Balcony left/A-1"], added.List().Select(seat => seat.GetProperty("seat_pos").GetString()!).Order(StringComparer.Ordinal));
        var sectioned = added.List().Single(seat => seat.GetProperty("seat_pos").GetString() == "Balcony left/A-1");
        Assert.Equal(venue, sectioned.GetProperty("venue_id").GetString());
        Assert.Equal("Balcony left", sectioned.GetProperty("section").GetString());
        Assert.Equal("A", sectioned.GetProperty("row").GetString());
        Assert.Equal(1, sectioned.GetProperty("seat_num").GetInt32());
        Assert.Equal("standard", sectioned.GetProperty("seat_type").GetString());
        Assert.Equal(3, (await _world.Anonymous.GetAsync($"/venue/{venue}")).Is(200).Number("seat_count"));
    }

    [Fact]
    public async Task Whole_rows_are_added_and_listed()
    {
        var venue = (await _world.VenueAsync()).String("venue_id");

        var added = (await AddAsync(venue, new
        {
            rows = new object[]
            {
                new { row = "A", first = 1, last = 120, seat_type = "standard" },
                new { row = "B", first = 5, last = 9, seat_type = "vip", section = "Stalls" },
            },
        })).IsJson(201);

        Assert.Equal(125, added.Number("seats_added"));
        var seats = await _world.Anonymous.AllAsync($"/venue/{venue}/seats?limit=50");
        Assert.Equal(125, seats.Select(Position).Distinct().Count());
        Assert.Contains("A-120", seats.Select(Position));
        Assert.Contains("Stalls/B-5", seats.Select(Position));
        Assert.Equal(125, seats.Count);
    }

    [Fact]
    public async Task A_hundred_thousand_seats_fit_and_not_one_more()
    {
        var venue = (await _world.VenueAsync()).String("venue_id");
        object Rows(char section) => new
        {
            rows = Enumerable.Range(1, 100).Select(row => new { section = section.ToString(), row = $"R{row}", first = 1, last = 500, seat_type = "standard" }),
        };

        Assert.Equal(50_000, (await AddAsync(venue, Rows('N'))).Is(201).Number("seats_added"));
        Assert.Equal(50_000, (await AddAsync(venue, Rows('S'))).Is(201).Number("seats_added"));
        (await AddAsync(venue, new { seats = new[] { new { row = "Z", seat_num = 1, seat_type = "standard" } } })).IsClientError();

        Assert.Equal(100_000, (await _world.Anonymous.GetAsync($"/venue/{venue}")).Is(200).Number("seat_count"));
    }

    [Fact]
    public async Task One_seat_that_exists_refuses_them_all()
    {
        var venue = (await _world.VenueAsync()).String("venue_id");
        (await AddAsync(venue, new { rows = new[] { new { row = "A", first = 1, last = 5, seat_type = "standard" } } })).Is(201);

        var refused = (await AddAsync(venue, new
        {
            seats = new[]
            {
                new { row = "B", seat_num = 1, seat_type = "standard" },
                new { row = "A", seat_num = 5, seat_type = "standard" },
                new { row = "A", seat_num = 4, seat_type = "standard" },
            },
        })).IsProblem(409, "seat_exists");
        (await AddAsync(venue, new { rows = new[] { new { row = "A", first = 5, last = 8, seat_type = "standard" } } })).IsProblem(409, "seat_exists");

        Assert.Equal(["A-4", "A-5"], refused["seats"].Strings().Order());
        Assert.Equal(5, (await _world.Anonymous.AllAsync($"/venue/{venue}/seats")).Count);
        Assert.Equal(5, (await _world.Anonymous.GetAsync($"/venue/{venue}")).Is(200).Number("seat_count"));
    }

    [Fact]
    public async Task A_seat_type_that_the_venue_lacks_is_refused_by_name()
    {
        var venue = (await _world.VenueAsync()).String("venue_id");

        var refused = (await AddAsync(venue, new
        {
            seats = new[]
            {
                new { row = "A", seat_num = 1, seat_type = "standard" },
                new { row = "A", seat_num = 2, seat_type = "throne" },
            },
        })).IsProblem(400, "unknown_seat_type");

        Assert.Equal(["throne"], refused["seat_types"].Strings());
        Assert.Empty(await _world.Anonymous.AllAsync($"/venue/{venue}/seats"));
    }

    [Theory]
    [InlineData("""{"seats":[{"row":"ABCDEFGHI","seat_num":1,"seat_type":"standard"}]}""")]
    [InlineData("""{"seats":[{"row":"","seat_num":1,"seat_type":"standard"}]}""")]
    [InlineData("""{"seats":[{"row":"A-B","seat_num":1,"seat_type":"standard"}]}""")]
    [InlineData("""{"seats":[{"row":"A B","seat_num":1,"seat_type":"standard"}]}""")]
    [InlineData("""{"seats":[{"row":"A","seat_num":0,"seat_type":"standard"}]}""")]
    [InlineData("""{"seats":[{"row":"A","seat_num":10000,"seat_type":"standard"}]}""")]
    [InlineData("""{"seats":[{"row":"A","seat_num":-1,"seat_type":"standard"}]}""")]
    [InlineData("""{"seats":[{"row":"A","seat_num":1,"seat_type":"standard","section":"a/b"}]}""")]
    [InlineData("""{"seats":[{"row":"A","seat_num":1,"seat_type":"standard","section":"123456789012345678901234567890123"}]}""")]
    [InlineData("""{"seats":[]}""")]
    [InlineData("""{"seats":[{"row":"A","seat_num":1,"seat_type":"standard"},{"row":"A","seat_num":1,"seat_type":"standard"}]}""")]
    [InlineData("""{"rows":[{"row":"A","first":5,"last":4,"seat_type":"standard"}]}""")]
    [InlineData("""{"rows":[{"row":"A","first":0,"last":4,"seat_type":"standard"}]}""")]
    [InlineData("""{"rows":[{"row":"A","first":1,"last":10000,"seat_type":"standard"}]}""")]
    [InlineData("""{"rows":[{"row":"A","first":1,"last":5,"seat_type":"standard"},{"row":"A","first":5,"last":9,"seat_type":"standard"}]}""")]
    [InlineData("""{"rows":[]}""")]
    [InlineData("""{}""")]
    [InlineData("""{"seats":[{"row":"A","seat_num":1,"seat_type":"standard"}],"rows":[{"row":"B","first":1,"last":4,"seat_type":"standard"}]}""")]
    public async Task Seats_that_make_no_sense_are_refused(string json)
    {
        var venue = (await _world.VenueAsync()).String("venue_id");

        (await (await _world.OrganizerAsync()).Api.PostTextAsync($"/venue/{venue}/seats", json)).IsClientError();

        Assert.Empty(await _world.Anonymous.AllAsync($"/venue/{venue}/seats"));
    }

    [Fact]
    public async Task Positions_are_case_sensitive()
    {
        var venue = (await _world.VenueAsync()).String("venue_id");

        var added = await AddAsync(venue, new
        {
            seats = new[]
            {
                new { row = "a", seat_num = 1, seat_type = "standard" },
                new { row = "A", seat_num = 1, seat_type = "standard" },
            },
        });

        Assert.Equal(2, added.Is(201).List().Count);
    }

    [Fact]
    public async Task Seats_of_a_venue_that_does_not_exist_are_not_found()
    {
        var body = new { seats = new[] { new { row = "A", seat_num = 1, seat_type = "standard" } } };

        (await AddAsync("venue-00000000000000000000000000", body)).IsProblem(404, "venue_not_found");
        (await _world.Anonymous.GetAsync("/venue/venue-00000000000000000000000000/seats")).IsProblem(404, "venue_not_found");
    }

    [Fact]
    public async Task Customers_add_no_seats()
    {
        var venue = (await _world.VenueAsync()).String("venue_id");
        var body = new { seats = new[] { new { row = "A", seat_num = 1, seat_type = "standard" } } };

        (await (await _world.CustomerAsync()).Api.PostAsync($"/venue/{venue}/seats", body)).IsProblem(403, "forbidden");
        (await _world.Anonymous.PostAsync($"/venue/{venue}/seats", body)).IsProblem(401);
    }

    [Fact]
    public async Task Concurrent_additions_of_one_row_add_it_once()
    {
        var venue = (await _world.VenueAsync()).String("venue_id");
        var body = new { rows = new[] { new { row = "A", first = 1, last = 100, seat_type = "standard" } } };

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => AddAsync(venue, body)));

        Assert.Single(answers, answer => answer.Status == 201);
        Assert.All(answers.Where(answer => answer.Status != 201), answer => answer.IsProblem(409));
        Assert.Equal(100, (await _world.Anonymous.AllAsync($"/venue/{venue}/seats")).Count);
    }

    private static string Position(JsonElement seat) => seat.GetProperty("seat_pos").GetString()!;

    private async Task<Answer> AddAsync(string venue, object body) => await (await _world.OrganizerAsync()).Api.PostAsync($"/venue/{venue}/seats", body);
}
