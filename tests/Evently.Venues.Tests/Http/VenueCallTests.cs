using Evently.Testing;

namespace Evently.Venues.Tests.Http;

public sealed class VenueCallTests : IAsyncLifetime
{
    private TestHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await TestHost.StartAsync(modules => modules.Add<VenuesModule>());

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_venue_is_created_read_and_listed_by_city_in_pages()
    {
        var created = await CreateAsync("Hall", "São Paulo");
        await CreateAsync("Other", "Rome");
        await CreateAsync("Second", "SÃO PAULO");

        Assert.Equal($"/venue/{created["venue_id"].GetString()}", created.Location);
        Assert.Equal("UTC", created["time_zone"].GetString());
        Assert.Equal(created.Text, (await _host.SendAsync("GET", created.Location!, user: null)).Is(200).Text);
        foreach (var city in (string[])["s%C3%A3o%20paulo", "Sao%20Paulo", "Sa%CC%83o%20Paulo"])
        {
            var listed = await _host.AllAsync("/venue?limit=1&city=" + city);
            Assert.Equal(["Hall", "Second"], listed.Select(venue => venue.GetProperty("name").GetString()));
        }

        Assert.Equal(3, (await _host.AllAsync("/venue?limit=2")).Count);
    }

    [Theory]
    [InlineData("?limit=0", "limit")]
    [InlineData("?cursor=bm9uc2Vuc2U", "cursor")]
    [InlineData("?city=", "city")]
    public async Task A_wrong_parameter_of_the_list_is_named(string query, string field) =>
        Assert.True((await _host.SendAsync("GET", "/venue" + query)).IsProblem(400, "validation_failed")["errors"].TryGetProperty(field, out _));

    [Theory]
    [InlineData("""{"name":" ","city":"c","seat_types":["a"]}""", "name")]
    [InlineData("""{"name":"n","city":"c","seat_types":["a","a"]}""", "seat_types")]
    [InlineData("""{"name":"n","city":"c","seat_types":["a",null]}""", "seat_types[1]")]
    [InlineData("""{"name":"n","city":"c","seat_types":["a"],"time_zone":"W. Europe Standard Time"}""", "time_zone")]
    [InlineData("""{"name":"n","city":"c","seat_types":["a"],"time_zone":"../../etc/passwd"}""", "time_zone")]
    [InlineData("""{"name":"n\u0000","city":"c","seat_types":["a"]}""", "name")]
    public async Task A_wrong_member_is_named(string json, string field) =>
        Assert.True((await _host.SendAsync("POST", "/venue", json)).IsProblem(400, "validation_failed")["errors"].TryGetProperty(field, out _));

    [Fact]
    public async Task A_venues_seats_are_its_owners_to_change_and_an_admins()
    {
        var seats = (await CreateAsync("Hall", "Rome")).Location + "/seats";
        const string row = """{"rows":[{"row":"A","first":1,"last":3,"seat_type":"a"}]}""";
        (await _host.SendAsync("POST", seats, row, "user-2", "organizer")).IsProblem(403, "not_owner");
        (await _host.SendAsync("DELETE", seats, """{"rows":[{"row":"A"}]}""", "user-2", "organizer")).IsProblem(403, "not_owner");
        (await _host.SendAsync("POST", seats, row)).Is(201);
        (await _host.SendAsync("DELETE", seats, """{"seats":["A-2"]}""", "user-3", "admin")).Is(200);
    }

    [Fact]
    public async Task Seats_are_taken_out_and_come_back_behind_the_others()
    {
        var venue = (await CreateAsync("Hall", "Rome")).Location!;
        var seats = venue + "/seats";
        (await _host.SendAsync("POST", seats, """{"rows":[{"row":"A","first":1,"last":6,"seat_type":"a"},{"section":"Left","row":"A","first":1,"last":2,"seat_type":"b"}]}""")).Is(201);

        Assert.Equal(3, (await _host.SendAsync("DELETE", seats, """{"seats":["A-2","A-3","Left/A-1","A-2"]}""")).Is(200)["seats_removed"].GetInt32());
        Assert.Equal(["A-1", "A-4", "A-5", "A-6", "Left/A-2"], await PositionsAsync(seats));
        Assert.Equal(5, (await _host.SendAsync("GET", venue)).Is(200)["seat_count"].GetInt32());
        Assert.Equal(["A-3", "Left/A-1"], (await _host.SendAsync("DELETE", seats, """{"seats":["A-1","A-3","Left/A-1"]}""")).IsProblem(400, "unknown_seats").Strings("seats"));

        (await _host.SendAsync("POST", seats, """{"seats":[{"row":"A","seat_num":2,"seat_type":"b"}]}""")).Is(201);
        Assert.Equal(["A-1", "A-4", "A-5", "A-6", "Left/A-2", "A-2"], await PositionsAsync(seats));
        Assert.Equal(5, (await _host.SendAsync("DELETE", seats, """{"rows":[{"row":"A"}]}""")).Is(200)["seats_removed"].GetInt32());
        Assert.Equal(["Left/A-2"], await PositionsAsync(seats));
        (await _host.SendAsync("DELETE", seats, """{"rows":[{"row":"A"}]}""")).IsProblem(400, "unknown_seats");
    }

    [Theory]
    [InlineData("A-1\\u0000")]
    [InlineData("A-01")]
    [InlineData("A-+1")]
    [InlineData("A- 1")]
    [InlineData("A-\u0661")]
    [InlineData("/A-1")]
    [InlineData("A")]
    public async Task A_position_has_one_spelling(string position)
    {
        var seats = (await CreateAsync("Hall", "Rome")).Location + "/seats";
        (await _host.SendAsync("POST", seats, """{"rows":[{"row":"A","first":1,"last":3,"seat_type":"a"}]}""")).Is(201);
        (await _host.SendAsync("DELETE", seats, $$"""{"seats":["{{position}}"]}""")).IsProblem(400, "validation_failed");
    }

    [Fact]
    public async Task A_section_in_two_Unicode_forms_is_one_and_an_invisible_character_makes_none()
    {
        var seats = (await CreateAsync("Hall", "Rome")).Location + "/seats";
        (await _host.SendAsync("POST", seats, """{"seats":[{"section":"Caf\u00e9","row":"A","seat_num":1,"seat_type":"a"}]}""")).Is(201);
        (await _host.SendAsync("POST", seats, """{"seats":[{"section":"Cafe\u0301","row":"A","seat_num":1,"seat_type":"a"}]}""")).IsProblem(409, "seat_exists");
        (await _host.SendAsync("POST", seats, """{"seats":[{"section":"Caf\u00e9\u200b","row":"A","seat_num":1,"seat_type":"a"}]}""")).IsProblem(400, "validation_failed");
        (await _host.SendAsync("POST", "/venue", """{"name":"n","city":"c","seat_types":["vip","v\u00adip"]}""")).IsProblem(400, "validation_failed");
    }

    [Fact]
    public async Task Only_organizers_and_admins_write()
    {
        const string json = """{"name":"n","city":"c","seat_types":["a"]}""";

        (await _host.SendAsync("POST", "/venue", json, user: null)).Is(401);
        (await _host.SendAsync("POST", "/venue", json, "user-2", "customer", "support")).IsProblem(403, "forbidden");
        (await _host.SendAsync("POST", "/venue", json, "user-3", "admin")).Is(201);
    }

    [Fact]
    public async Task Seats_are_listed_in_pages_that_survive_additions()
    {
        var seats = (await CreateAsync("Hall", "Rome")).Location + "/seats";
        (await _host.SendAsync("POST", seats, """{"rows":[{"row":"A","first":1,"last":7,"seat_type":"a"},{"section":"Left","row":"A","first":5,"last":6,"seat_type":"b"}]}""")).Is(201);
        var first = (await _host.SendAsync("GET", seats + "?limit=4", user: null)).Is(200);
        (await _host.SendAsync("POST", seats, """{"seats":[{"row":"A","seat_num":8,"seat_type":"a"}]}""")).Is(201);

        var rest = await _host.AllAsync(first.Next!);

        string[] positions = [.. first.Json.EnumerateArray().Concat(rest).Select(seat => seat.GetProperty("seat_pos").GetString()!)];
        Assert.Equal(["A-1", "A-2", "A-3", "A-4", "A-5", "A-6", "A-7", "Left/A-5", "Left/A-6", "A-8"], positions);
        (await _host.SendAsync("GET", seats + "?cursor=bm9uc2Vuc2U")).IsProblem(400, "validation_failed");
    }

    [Fact]
    public async Task A_refused_addition_changes_nothing_and_names_the_seats()
    {
        var seats = (await CreateAsync("Hall", "Rome")).Location + "/seats";
        (await _host.SendAsync("POST", seats, """{"rows":[{"row":"A","first":1,"last":5,"seat_type":"a"}]}""")).Is(201);

        Assert.Equal(["A-4", "A-5"], (await _host.SendAsync("POST", seats, """{"rows":[{"row":"A","first":4,"last":9,"seat_type":"a"}]}""")).IsProblem(409, "seat_exists").Strings("seats"));
        Assert.Equal(["c"], (await _host.SendAsync("POST", seats, """{"rows":[{"row":"B","first":4,"last":9,"seat_type":"c"}]}""")).IsProblem(400, "unknown_seat_type").Strings("seat_types"));
        (await _host.SendAsync("POST", seats, """{"seats":[{"row":"B","seat_num":1.5,"seat_type":"a"}]}""")).Is(400);
        (await _host.SendAsync("POST", seats, """{"seats":[{"row":"B","seat_num":99999999999,"seat_type":"a"}]}""")).Is(400);
        (await _host.SendAsync("POST", seats, """{"seats":[{"row":"B","seat_num":1,"seat_type":"a","price":1}]}""")).IsProblem(400, "unknown_field");
        Assert.Equal(5, (await _host.AllAsync(seats)).Count);
    }

    [Fact]
    public async Task Additions_at_the_same_time_all_arrive()
    {
        var venue = (await CreateAsync("Hall", "Rome")).Location!;

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(row => _host.SendAsync("POST", venue + "/seats", $$"""{"rows":[{"row":"R{{row}}","first":1,"last":10,"seat_type":"a"}]}""")));

        // A loser of many races is told to come back; nothing is lost or added twice.
        var added = answers.Count(answer => answer.Status == 201);
        Assert.All(answers, answer => Assert.True(answer.Status is 201 or 503, answer.Text));
        Assert.True(added > 0);
        Assert.Equal(added * 10, (await _host.SendAsync("GET", venue)).Is(200)["seat_count"].GetInt32());
        Assert.Equal(added * 10, (await _host.AllAsync(venue + "/seats")).Count);
    }

    private async Task<TestAnswer> CreateAsync(string name, string city) =>
        (await _host.SendAsync("POST", "/venue", $$"""{"name":"{{name}}","city":"{{city}}","description":"d","seat_types":["a","b"]}""")).Is(201);

    private async Task<string[]> PositionsAsync(string seats) =>
        [.. (await _host.AllAsync(seats + "?limit=2")).Select(seat => seat.GetProperty("seat_pos").GetString()!)];
}
