using Evently.Events.Contracts;
using Evently.Events.Search;
using Evently.Events.SeatPlans;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Evently.Testing;
using Evently.Venues.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Events.Tests.Http;

public sealed class EventCallTests : IAsyncLifetime
{
    private const string Venue = "venue-00000000000000000000000001";
    private TestHost _host = null!;

    private VenuesStub.Known Known => _host.Services.GetRequiredService<VenuesStub.Known>();

    public async ValueTask InitializeAsync()
    {
        _host = await TestHost.StartAsync(modules => modules.Add<EventsModule>().Add<VenuesStub>());
        Known.Venues[Venue] = new SeatPlanAnswered("", Venue, true, "Hall", "Rome", "Europe/Rome", 7, ["regular", "vip", "box"], [new("regular", 90), new("vip", 10)]);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task An_event_is_created_from_what_the_venues_owner_answers_read_listed_and_announced()
    {
        var created = await CreateAsync("""
            "artists":["Björk"],"tags":["pop"],"description":"<script>alert(1)</script>","currency":"EUR","sales_open_at":"2030-01-01T00:00:00+01:00"
            """);

        Assert.Equal($"/events/{created["event_id"].GetString()}", created.Location);
        Assert.Equal(("Hall", "Rome", "Europe/Rome"), (created["venue_name"].GetString(), created["city"].GetString(), created["time_zone"].GetString()));
        Assert.Equal("45.50", created["seat_type_prices"].GetProperty("regular").GetRawText());
        Assert.Equal("2029-12-31T23:00:00Z", created["sales_open_at"].GetString());
        Assert.Equal(("on_sale", 180, 8), (created["state"].GetString(), created["hold_seconds"].GetInt32(), created["max_seats_per_booking"].GetInt32()));
        Assert.Equal(created.Text, (await _host.SendAsync("GET", created.Location!, user: null)).Is(200).Text);
        Assert.Equal(created.Text, Assert.Single(await _host.AllAsync("/events?search=bjork")).GetRawText());
        await _host.SettleAsync();
        var message = Assert.IsType<EventCreated>(Assert.Single(Known.Heard));
        Assert.Equal((7, 100, 45_50L, "user-1"), (message.PlanVersion, message.SeatCount, message.Prices["regular"], message.OrganizerId));
    }

    [Theory]
    [InlineData("\"name\":\"\"", "name")]
    [InlineData("\"duration\":0", "duration")]
    [InlineData("\"start_time\":null", "start_time")]
    [InlineData("\"currency\":\"ZZZ\"", "currency")]
    [InlineData("\"currency\":\"JPY\"", "seat_type_prices")]
    [InlineData("\"seat_type_prices\":{\"regular\":-1}", "seat_type_prices")]
    [InlineData("\"seat_type_prices\":{}", "seat_type_prices")]
    [InlineData("\"hold_seconds\":4", "hold_seconds")]
    [InlineData("\"max_seats_per_booking\":21", "max_seats_per_booking")]
    [InlineData("\"max_seats_per_user\":0", "max_seats_per_user")]
    [InlineData("\"start_time\":\"2020-01-01T00:00:00Z\"", "start_time")]
    [InlineData("\"sales_open_at\":\"2030-01-02T00:00:00Z\",\"sales_close_at\":\"2030-01-02T00:00:00Z\"", "sales_close_at")]
    [InlineData("\"name\":\"a\\uFFFEb\"", "name")]
    [InlineData("\"description\":\"\\uFDD0\"", "description")]
    [InlineData("\"tags\":[\"ok\",null]", "tags[1]")]
    [InlineData("\"venue_id\":null", "venue_id")]
    public async Task A_wrong_member_is_named(string member, string field)
    {
        Assert.True((await PostAsync(member)).IsProblem(400, "validation_failed")["errors"].TryGetProperty(field, out _));
    }

    [Fact]
    public async Task Prices_must_match_the_types_that_the_venue_sells()
    {
        Assert.Equal(["vip"], (await PostAsync("\"seat_type_prices\":{\"regular\":1}")).IsProblem(400, "seat_type_not_priced").Strings("seat_types"));
        Assert.Equal(["sofa"], (await PostAsync("\"seat_type_prices\":{\"regular\":1,\"vip\":1,\"sofa\":1}")).IsProblem(400, "unknown_seat_type").Strings("seat_types"));
        Known.Venues[Venue] = Known.Venues[Venue] with { Seats = [] };
        Assert.Equal(["box"], (await PostAsync("\"seat_type_prices\":{\"regular\":1,\"vip\":1}")).IsProblem(400, "seat_type_not_priced").Strings("seat_types"));
        (await PostAsync("\"seat_type_prices\":{\"regular\":1,\"vip\":1,\"box\":0}")).Is(201);
    }

    [Theory]
    [InlineData("venue-00000000000000000000000009")]
    [InlineData("nonsense")]
    public async Task A_venue_that_does_not_exist_is_not_found(string venue) => (await PostAsync($"\"venue_id\":\"{venue}\"")).IsProblem(404, "venue_not_found");

    [Fact]
    public async Task While_the_venues_owner_is_silent_events_cannot_be_created_and_a_retry_is_asked_for()
    {
        Known.IsSilent = true;

        Assert.NotNull((await PostAsync("\"name\":\"n\"")).IsProblem(503, "unavailable").RetryAfter);
    }

    [Fact]
    public async Task An_answer_that_another_instance_received_reaches_its_asker()
    {
        Known.IsSilent = true;
        var table = _host.Services.GetRequiredService<ModuleTable<EventsModule>>();
        SeatPlanInquiry here = new(table, TimeProvider.System), elsewhere = new(table, TimeProvider.System);
        await using var scope = _host.Services.CreateAsyncScope();
        var asked = here.AskAsync("event-1", Venue, scope.ServiceProvider.GetRequiredService<UnitOfWork<EventsModule>>(), TestContext.Current.CancellationToken);

        var write = elsewhere.Deliver(Known.Venues[Venue] with { EventId = "event-1" });
        await table.WriteAsync(write!, TestContext.Current.CancellationToken);

        Assert.Equal(7, (await asked)?.PlanVersion);
    }

    [Fact]
    public async Task A_change_leaves_absent_members_alone_and_is_announced_in_full()
    {
        var path = (await CreateAsync("\"sales_open_at\":\"2030-01-01T00:00:00Z\",\"tags\":[\"pop\"]")).Location!;

        var changed = (await _host.SendAsync("PATCH", path, """{"name":"New","start_time":"2031-05-01T20:00:00+02:00"}""")).Is(200);
        var cleared = (await _host.SendAsync("PATCH", path, """{"sales_open_at":null}""")).Is(200);
        (await _host.SendAsync("PATCH", path, """{"name":"New"}""")).Is(200);

        Assert.Equal(("New", "2031-05-01T18:00:00Z", "2030-01-01T00:00:00Z"), (changed["name"].GetString(), changed["start_time"].GetString(), changed["sales_open_at"].GetString()));
        Assert.Equal("pop", changed["tags"][0].GetString());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, cleared["sales_open_at"].ValueKind);
        await _host.SettleAsync();
        Assert.Equal([2, 3], Known.Heard.OfType<EventChanged>().Select(change => change.Revision).Order());
    }

    [Fact]
    public async Task A_draft_is_seen_by_its_owner_alone_and_announced_when_it_is_published()
    {
        var created = await CreateAsync("\"draft\":true,\"max_seats_per_user\":4");
        var path = created.Location!;
        Assert.Equal("draft", created["state"].GetString());
        (await _host.SendAsync("GET", path, user: null)).IsProblem(404, "event_not_found");
        (await _host.SendAsync("GET", path)).Is(200);
        (await _host.SendAsync("PATCH", path, """{"name":"Better"}""")).Is(200);
        Assert.Empty(await _host.AllAsync("/events"));
        await _host.SettleAsync();
        Assert.Empty(Known.Heard);

        Assert.Equal("on_sale", (await _host.SendAsync("POST", path + "/publish")).Is(200)["state"].GetString());
        (await _host.SendAsync("POST", path + "/publish")).Is(200);
        (await _host.SendAsync("GET", path, user: null)).Is(200);
        Assert.Single(await _host.AllAsync("/events"));
        await _host.SettleAsync();
        var message = Assert.IsType<EventCreated>(Assert.Single(Known.Heard));
        Assert.Equal(("Better", 3, 100, 4), (message.Name, message.Revision, message.SeatCount, message.MaxSeatsPerUser));
    }

    [Fact]
    public async Task Changed_prices_are_announced_and_only_of_types_that_are_sold()
    {
        var path = (await CreateAsync("\"tags\":[]")).Location!;
        var types = (await _host.SendAsync("GET", path))["seat_type_prices"].EnumerateObject().Select(price => price.Name).ToList();

        var changed = (await _host.SendAsync("PATCH", path, """{"seat_type_prices":{"regular":99.5}}""")).Is(200);
        Assert.Equal("99.50", changed["seat_type_prices"].GetProperty("regular").GetRawText());
        Assert.Equal(types, changed["seat_type_prices"].EnumerateObject().Select(price => price.Name));
        (await _host.SendAsync("PATCH", path, """{"seat_type_prices":{"sofa":1}}""")).IsProblem(400, "unknown_seat_type");
        (await _host.SendAsync("PATCH", path, """{"seat_type_prices":{"regular":-1}}""")).IsProblem(400, "validation_failed");
        await _host.SettleAsync();
        Assert.Equal(99_50L, Assert.Single(Known.Heard.OfType<EventChanged>()).Prices!["regular"]);
    }

    [Fact]
    public async Task An_event_is_not_moved_into_the_past()
    {
        var path = (await CreateAsync("\"tags\":[]")).Location!;
        var problem = (await _host.SendAsync("PATCH", path, """{"start_time":"2020-01-01T00:00:00Z"}""")).IsProblem(400, "validation_failed");
        Assert.True(problem["errors"].TryGetProperty("start_time", out _));
    }

    [Theory]
    [InlineData("""{"name":null}""")]
    [InlineData("""{"tags":null}""")]
    [InlineData("""{"artists":null}""")]
    [InlineData("""{"description":null}""")]
    [InlineData("""{"start_time":null}""")]
    [InlineData("""{"duration":null}""")]
    public async Task Only_the_opening_of_sales_can_be_cleared(string json) =>
        (await _host.SendAsync("PATCH", "/events/event-00000000000000000000000000", json)).IsProblem(400, "validation_failed");

    [Fact]
    public async Task Changes_at_the_same_time_each_become_a_revision_of_their_own()
    {
        var path = (await CreateAsync("\"tags\":[]")).Location!;

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => _host.SendAsync("PATCH", path, $$"""{"name":"Name {{i}}"}""")));

        await _host.SettleAsync();
        var revisions = Known.Heard.OfType<EventChanged>().Select(change => change.Revision).Order().ToList();
        Assert.Equal(Enumerable.Range(2, answers.Count(answer => answer.Status == 200)), revisions);
    }

    [Fact]
    public async Task Only_the_owner_and_admins_change_and_cancel()
    {
        var path = (await CreateAsync("\"tags\":[]")).Location!;

        (await _host.SendAsync("PATCH", path, "{}", "user-2")).IsProblem(403, "forbidden");
        (await _host.SendAsync("POST", path + "/cancel", null, "user-2")).IsProblem(403, "forbidden");
        (await _host.SendAsync("POST", path + "/cancel", null, "user-2", "customer", "support")).IsProblem(403, "forbidden");
        (await _host.SendAsync("PATCH", path, "{}", null)).Is(401);
        (await _host.SendAsync("PATCH", "/events/event-00000000000000000000000000", "{}")).IsProblem(404, "event_not_found");
        (await _host.SendAsync("POST", "/events/nonsense/cancel")).IsProblem(404, "event_not_found");
        (await _host.SendAsync("POST", path + "/cancel", null, "user-9", "admin")).Is(200);
    }

    [Fact]
    public async Task Cancelling_again_answers_the_same_and_is_announced_once()
    {
        var path = (await CreateAsync("\"tags\":[]")).Location!;

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _host.SendAsync("POST", path + "/cancel")));
        (await _host.SendAsync("POST", path + "/cancel")).Is(200);

        Assert.All(answers, answer => Assert.Equal("cancelled", answer.Is(200)["state"].GetString()));
        (await _host.SendAsync("PATCH", path, """{"name":"New"}""")).IsProblem(409, "event_cancelled");
        Assert.Equal("cancelled", Assert.Single(await _host.AllAsync("/events")).GetProperty("state").GetString());
        await _host.SettleAsync();
        Assert.Single(Known.Heard.OfType<EventCancelled>());
    }

    [Fact]
    public async Task Another_instance_builds_its_index_from_the_table_and_follows_changes()
    {
        var path = (await CreateAsync("\"tags\":[\"before\"]")).Location!;
        using var index = new EventIndex(TimeProvider.System);
        var follower = new IndexFollower(_host.Services.GetRequiredService<EventStore>(), index, TimeProvider.System);
        Assert.Equal(1, await follower.RunOnceAsync(TestContext.Current.CancellationToken));

        (await _host.SendAsync("PATCH", path, """{"tags":["after"]}""")).Is(200);
        await CreateAsync("\"tags\":[\"second\"]");

        Assert.Equal(2, await follower.RunOnceAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, await follower.RunOnceAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["after", "second"], index.Find(new EventQuery(EventFilter.None, EventOrder.Default(EventSort.Date), 10)).Events.SelectMany(e => e.Tags).Order());
    }

    private async Task<TestAnswer> CreateAsync(string members) => (await PostAsync(members)).Is(201);

    /// <summary>A valid event in which these members replace or join the others.</summary>
    private Task<TestAnswer> PostAsync(string members)
    {
        var valid = System.Text.Json.Nodes.JsonNode.Parse($$"""{"venue_id":"{{Venue}}","name":"Event","start_time":"2030-06-01T20:00:00Z","duration":90,"seat_type_prices":{"regular":45.50,"vip":100} }""")!.AsObject();
        foreach (var (name, value) in System.Text.Json.Nodes.JsonNode.Parse("{" + members + "}")!.AsObject())
            valid[name] = value?.DeepClone();
        return _host.SendAsync("POST", "/events", valid.ToJsonString());
    }
}
