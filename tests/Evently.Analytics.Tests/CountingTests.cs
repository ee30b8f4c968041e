using Evently.Analytics.Rollups;
using Evently.Analytics.Views;
using Evently.Events.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Analytics.Tests;

public sealed class CountingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(300)]
    [InlineData(4_000)]
    public async Task Messages_in_any_order_and_more_than_once_count_as_a_recount_does(int seed)
    {
        await using var host = await AnalyticsHost.StartAsync(dataDirectory: null, Cancellation);
        var now = TimeProvider.System.GetUtcNow();
        var scenario = new Scenario(seed, now.AddMinutes(-100), TimeProvider.System);
        scenario.Play(holds: 150, now);

        // In several lots, with a rollup after each, and concurrently within a lot.
        foreach (var lot in scenario.ShuffledWithDuplicates().Chunk(120))
        {
            await host.PublishAsync(lot, Cancellation);
            await host.SettleAsync(Cancellation);
            await host.Rollups.RunOnceAsync(Cancellation);
        }

        await AssertEqualToRecountAsync(host, scenario);
    }

    [Fact]
    public async Task On_the_durable_engine_where_handlers_interleave_the_counts_are_the_same()
    {
        var directory = Directory.CreateTempSubdirectory("evently-analytics-");
        try
        {
            await using var host = await AnalyticsHost.StartAsync(directory.FullName, Cancellation);
            var now = TimeProvider.System.GetUtcNow();
            var scenario = new Scenario(77, now.AddMinutes(-100), TimeProvider.System);
            scenario.Play(holds: 150, now);
            var publishing = host.PublishAsync(scenario.ShuffledWithDuplicates(), Cancellation);
            while (!publishing.IsCompleted)
                await Task.WhenAll(host.Rollups.RunOnceAsync(Cancellation), host.Rollups.RunOnceAsync(Cancellation));
            await publishing;
            await host.SettleAsync(Cancellation);
            while ((await host.Rollups.RunOnceAsync(Cancellation)).Events > 0)
            {
            }

            await AssertEqualToRecountAsync(host, scenario);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_rollup_while_messages_arrive_loses_and_doubles_nothing()
    {
        await using var host = await AnalyticsHost.StartAsync(dataDirectory: null, Cancellation);
        var now = TimeProvider.System.GetUtcNow();
        var scenario = new Scenario(7, now.AddMinutes(-100), TimeProvider.System);
        scenario.Play(holds: 150, now);

        var publishing = host.PublishAsync(scenario.ShuffledWithDuplicates(), Cancellation);
        while (!publishing.IsCompleted)
            await Task.WhenAll(host.Rollups.RunOnceAsync(Cancellation), host.Rollups.RunOnceAsync(Cancellation));
        await publishing;
        await host.SettleAsync(Cancellation);
        while ((await host.Rollups.RunOnceAsync(Cancellation)).Events > 0)
        {
        }

        await AssertEqualToRecountAsync(host, scenario);
    }

    [Fact]
    public async Task A_second_refund_or_cancellation_of_the_same_booking_changes_nothing()
    {
        await using var host = await AnalyticsHost.StartAsync(dataDirectory: null, Cancellation);
        var now = TimeProvider.System.GetUtcNow();
        var scenario = new Scenario(5, now.AddMinutes(-100), TimeProvider.System);
        scenario.Play(holds: 60, now);
        Assert.NotEmpty(scenario.Refunds);
        await host.PublishAsync(scenario.Messages, Cancellation);
        await host.SettleAsync(Cancellation);
        var before = EventAnalytics.From(await host.FiguresAsync(scenario.EventId, Cancellation));

        await host.PublishAsync([.. scenario.Cancellations, .. scenario.Refunds], Cancellation);
        await host.SettleAsync(Cancellation);

        Assert.Equivalent(before with { AsOf = now }, EventAnalytics.From(await host.FiguresAsync(scenario.EventId, Cancellation)) with { AsOf = now }, strict: true);
    }

    [Fact]
    public async Task Holds_of_a_tally_that_must_be_over_no_longer_count()
    {
        await using var host = await AnalyticsHost.StartAsync(dataDirectory: null, Cancellation);
        var scenario = new Scenario(3, TimeProvider.System.GetUtcNow().AddHours(-3), TimeProvider.System);
        scenario.Play(holds: 60, scenario.Created.CreatedAt.AddHours(2));
        Assert.NotEmpty(scenario.ActiveHolds);
        await host.PublishAsync(scenario.Messages, Cancellation);
        await host.SettleAsync(Cancellation);

        Assert.Equal(0, EventAnalytics.From(await host.FiguresAsync(scenario.EventId, Cancellation)).SeatsHeld);
        Assert.Empty((await host.SeatsAsync(scenario.EventId, new SeatFilter(null, "held", null, -1), Cancellation)).Rows);
    }

    [Fact]
    public async Task An_event_s_replica_is_the_same_in_whatever_order_its_messages_come()
    {
        await using var host = await AnalyticsHost.StartAsync(dataDirectory: null, Cancellation);
        var now = TimeProvider.System.GetUtcNow();
        var scenario = new Scenario(13, now, TimeProvider.System);
        var older = scenario.Changed with { Revision = 2, Name = "Middle name" };
        foreach (var message in (object[])[new EventCancelled(scenario.EventId, now, "user-ADMIN"), scenario.Changed, older, scenario.Created])
        {
            await host.PublishAsync([message], Cancellation);
            await host.SettleAsync(Cancellation);
        }

        var figures = EventAnalytics.From(await host.FiguresAsync(scenario.EventId, Cancellation));
        Assert.Equal(("Last name", "cancelled", scenario.Changed.StartTime), (figures.EventName, figures.State, figures.StartTime));
    }

    [Fact]
    public async Task The_list_is_sorted_by_what_the_last_rollup_saw_and_pages_through_all_events_of_an_organizer()
    {
        await using var host = await AnalyticsHost.StartAsync(dataDirectory: null, Cancellation);
        var now = TimeProvider.System.GetUtcNow();
        var scenarios = Enumerable.Range(0, 5).Select(seed => new Scenario(seed, now.AddMinutes(-100), TimeProvider.System)).ToList();
        foreach (var scenario in scenarios)
        {
            scenario.Play(holds: 30, now);
            await host.PublishAsync(scenario.ShuffledWithDuplicates(), Cancellation);
        }

        await host.PublishAsync([scenarios[0].Created with { EventId = "event-FOREIGN", OrganizerId = "user-OTHER" }], Cancellation);
        await host.SettleAsync(Cancellation);
        while ((await host.Rollups.RunOnceAsync(Cancellation)).Events > 0)
        {
        }

        var list = host.Services.GetRequiredService<EventListReader>();
        List<string> listed = [];
        (long, string)? after = null;
        do
        {
            var (ids, next) = await list.ReadAsync("user-ORGANIZER", new EventListRequest(EventListSort.Revenue, Descending: true, 2, after), Cancellation);
            listed.AddRange(ids);
            after = next?.Split('|') is [var value, var id] ? (long.Parse(value, null), id) : null;
        }
        while (after is not null);

        Assert.Equal(scenarios.OrderByDescending(scenario => Recount.Event(scenario, now).RevenueGenerated).Select(scenario => scenario.EventId), listed);
        Assert.Equal(6, (await list.ReadAsync(null, new EventListRequest(EventListSort.StartTime, Descending: false, 200, null), Cancellation)).EventIds.Count);
    }

    [Fact]
    public async Task Pages_of_seats_together_are_all_seats()
    {
        await using var host = await AnalyticsHost.StartAsync(dataDirectory: null, Cancellation);
        var now = TimeProvider.System.GetUtcNow();
        var scenario = new Scenario(11, now.AddMinutes(-100), TimeProvider.System);
        scenario.Play(holds: 40, now);
        await host.PublishAsync(scenario.Messages, Cancellation);
        await host.SettleAsync(Cancellation);

        List<SeatAnalytics> paged = [];
        var after = -1;
        while (true)
        {
            var (rows, next) = await host.SeatsAsync(scenario.EventId, new SeatFilter("standard", "available", 4, after), Cancellation);
            Assert.InRange(rows.Count, 1, 4);
            paged.AddRange(rows);
            if (next is null)
                break;
            after = int.Parse(next, null);
        }

        Assert.Equal(Recount.Seats(scenario).Where(seat => seat is { SeatType: "standard", SeatState: "available" }), paged);
    }

    private static async Task AssertEqualToRecountAsync(AnalyticsHost host, Scenario scenario)
    {
        var figures = await host.FiguresAsync(scenario.EventId, Cancellation);
        Assert.Equivalent(Recount.Event(scenario, figures.AsOf), EventAnalytics.From(figures), strict: true);
        foreach (var granularity in Enum.GetValues<Granularity>())
            Assert.Equal(Recount.Timeline(scenario, granularity), await host.TimelineAsync(scenario.EventId, granularity, Cancellation));
        Assert.Equal(Recount.Seats(scenario), (await host.SeatsAsync(scenario.EventId, new SeatFilter(null, null, null, -1), Cancellation)).Rows);
        foreach (var userId in scenario.Bookings.Select(booking => booking.UserId).Distinct())
            Assert.Equivalent(Recount.User(scenario, userId, figures.AsOf), await host.UserAsync(userId, figures.AsOf, Cancellation), strict: true);
    }
}
