using Evently.Events.Contracts;
using Evently.Testing;
using Evently.Venues.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Venues.Tests.Http;

/// <summary>The venue's owner tells what its venue sells: asked, and when an event was created.</summary>
public sealed class SeatPlanTests : IAsyncLifetime
{
    private TestHost _host = null!;

    private EventsStub.Received Received => _host.Services.GetRequiredService<EventsStub.Received>();

    public async ValueTask InitializeAsync() => _host = await TestHost.StartAsync(modules => modules.Add<VenuesModule>().Add<EventsStub>());

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task The_owner_answers_with_the_seats_of_this_moment()
    {
        var venue = await VenueAsync();
        await AddAsync(venue, """{"rows":[{"row":"A","first":1,"last":10,"seat_type":"regular"},{"row":"B","first":1,"last":4,"seat_type":"vip"}]}""");

        var answer = await AskAsync(venue);

        Assert.True(answer.Found);
        Assert.Equal(("Hall", "Rome", "Europe/Rome"), (answer.VenueName, answer.City, answer.TimeZone));
        Assert.Equal(["regular", "vip", "box"], answer.SeatTypes);
        Assert.Equal([new SeatTypeCount("regular", 10), new SeatTypeCount("vip", 4)], answer.Seats);
    }

    [Theory]
    [InlineData("venue-00000000000000000000000000")]
    [InlineData("nonsense")]
    public async Task Of_a_venue_that_does_not_exist_the_owner_says_so(string venue) => Assert.False((await AskAsync(venue)).Found);

    [Fact]
    public async Task An_event_gets_the_seats_that_were_there_when_its_plan_was_answered_and_no_later_ones()
    {
        var venue = await VenueAsync();
        await AddAsync(venue, """{"rows":[{"row":"A","first":1,"last":10,"seat_type":"regular"}]}""");
        var answer = await AskAsync(venue);
        await AddAsync(venue, """{"rows":[{"row":"A","first":11,"last":20,"seat_type":"regular"}]}""");

        await CreateAsync(venue, answer);

        var part = Assert.Single(Received.Parts);
        Assert.Equal((answer.PlanVersion, 0, 1), (part.PlanVersion, part.Part, part.Parts));
        Assert.Equal([new SeatRun("", "A", 1, 10, "regular")], part.Runs);
    }

    [Fact]
    public async Task A_venue_without_seats_has_a_plan_of_one_empty_part()
    {
        var venue = await VenueAsync();

        await CreateAsync(venue, await AskAsync(venue));

        Assert.Empty(Assert.Single(Received.Parts).Runs);
    }

    [Fact]
    public async Task A_hundred_thousand_scattered_seats_go_in_by_one_call_and_out_in_bounded_parts()
    {
        var venue = await VenueAsync();
        var seats = from row in Enumerable.Range(0, 500) from seat in Enumerable.Range(0, 200) select $$"""{"row":"R{{row}}","seat_num":{{(seat * 2) + 1}},"seat_type":"regular"}""";

        var added = (await _host.SendAsync("POST", $"/venue/{venue}/seats", $$"""{"seats":[{{string.Join(',', seats)}}]}""")).Is(201);
        var refused = await _host.SendAsync("POST", $"/venue/{venue}/seats", """{"seats":[{"row":"X","seat_num":1,"seat_type":"regular"}]}""");
        await CreateAsync(venue, await AskAsync(venue));

        Assert.Equal(100_000, added.Json.GetArrayLength());
        refused.IsProblem(400, "too_many_seats");
        var parts = Received.Parts.DistinctBy(part => part.Part).OrderBy(part => part.Part).ToList();
        Assert.Equal(Enumerable.Range(0, parts[0].Parts), parts.Select(part => part.Part));
        Assert.True(parts.Count > 20, "The plan was expected to need several commits.");
        Assert.Equal(100_000, parts.SelectMany(part => part.Runs).Select(run => (run.Row, run.First)).Distinct().Count());
    }

    private async Task<string> VenueAsync() =>
        (await _host.SendAsync("POST", "/venue", """{"name":"Hall","city":"Rome","description":"","seat_types":["regular","vip","box"],"time_zone":"Europe/Rome"}""")).Is(201)["venue_id"].GetString()!;

    private async Task AddAsync(string venue, string json) => (await _host.SendAsync("POST", $"/venue/{venue}/seats", json)).Is(201);

    private async Task<SeatPlanAnswered> AskAsync(string venue)
    {
        await _host.PublishAsync<EventsStub, SeatPlanRequested>(new SeatPlanRequested("event-1", venue));
        await _host.SettleAsync();
        return Received.Answers.Last();
    }

    private async Task CreateAsync(string venue, SeatPlanAnswered plan)
    {
        await _host.PublishAsync<EventsStub, EventCreated>(new EventCreated(
            "event-1", "user-1", venue, plan.VenueName, plan.City, plan.TimeZone, plan.PlanVersion, plan.Seats.Sum(seats => seats.Count), "Event",
            DateTimeOffset.UnixEpoch, 90, [], [], "USD", new Dictionary<string, long>(), null, null, 8, DateTimeOffset.UnixEpoch));
        await _host.SettleAsync();
    }
}
