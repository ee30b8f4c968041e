using Evently.Analytics.Counting;
using Evently.Analytics.Rollups;
using Evently.Analytics.Views;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Analytics.Tests;

public sealed class RollupTests : IDisposable
{
    private const string EventId = "event-E";
    private static readonly DateTimeOffset Start = new(2030, 5, 17, 18, 45, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time = new(Start);
    private readonly ServiceProvider _services;
    private readonly HookedEngine _engine;
    private readonly ModuleTable<AnalyticsModule> _table;

    public RollupTests()
    {
        _services = new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(_time).AddMemoryStorage().BuildServiceProvider();
        _engine = new HookedEngine(_services.GetRequiredService<ITableEngine>());
        _table = new ModuleTable<AnalyticsModule>(_engine);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task A_rollup_that_runs_again_changes_nothing()
    {
        await CountAsync("booking-1", Start, 2);
        await CountAsync("booking-2", Start.AddMinutes(1), 3);
        var (instance, _) = NewInstance();
        Assert.Equal(new RollupOutcome(true, 1), await instance.RunOnceAsync(Cancellation));
        var first = await TimelineAsync();

        Assert.Equal(new RollupOutcome(true, 0), await instance.RunOnceAsync(Cancellation));
        Assert.Equal([2L, 3L], first.Values);
        Assert.Equal(first, await TimelineAsync());
    }

    [Fact]
    public async Task Facts_that_come_after_the_rollup_of_their_minute_are_added_to_it()
    {
        var (instance, _) = NewInstance();
        await CountAsync("booking-1", Start, 2);
        await instance.RunOnceAsync(Cancellation);
        await CountAsync("booking-2", Start, 5);
        await instance.RunOnceAsync(Cancellation);
        Assert.Equal([7L], (await TimelineAsync()).Values);
    }

    [Fact]
    public async Task What_an_outage_left_of_many_hours_is_moved_in_time()
    {
        for (var minute = 0; minute < 600; minute += 7)
            await CountAsync("booking-1", Start.AddMinutes(minute), 1);
        var (instance, _) = NewInstance();
        var runs = 0;
        while ((await instance.RunOnceAsync(Cancellation)).Events > 0)
            Assert.True(++runs < 20, "The backlog does not end.");
        Assert.Equal(86, (await TimelineAsync()).Values.Sum());
    }

    /// <summary>Its writes are the largest that the module makes; the table refuses one whose expression DynamoDB would not take.</summary>
    [Fact]
    public async Task An_hour_in_which_every_figure_of_every_minute_moved_is_moved_whole()
    {
        for (var minute = 0; minute < 60; minute++)
        {
            var at = new DateTimeOffset(2030, 5, 17, 18, minute, 0, TimeSpan.Zero);
            var changes = new CountChanges().BookedAt(at);
            foreach (var figure in Enum.GetValues<Figure>())
                changes.Minute(at, figure, 1_000_000_000_000);
            await _table.WriteAsync(changes.ToWrite(EventId, "booking-1", at), Cancellation);
        }

        var (instance, _) = NewInstance();
        while ((await instance.RunOnceAsync(Cancellation)).Events > 0)
        {
        }

        var values = (await TimelineAsync()).Values;
        Assert.Equal(60 * Enum.GetValues<Figure>().Length, values.Count);
        Assert.All(values, value => Assert.Equal(1_000_000_000_000, value));
    }

    [Fact]
    public async Task Of_two_instances_one_rolls_up_until_its_lease_ends()
    {
        var (first, _) = NewInstance();
        var (second, _) = NewInstance();
        await CountAsync("booking-1", Start, 1);
        Assert.Equal(new RollupOutcome(true, 1), await first.RunOnceAsync(Cancellation));
        await CountAsync("booking-2", Start, 1);
        Assert.Equal(new RollupOutcome(false, 0), await second.RunOnceAsync(Cancellation));

        _time.Advance(TimeSpan.FromSeconds(16));
        Assert.Equal(new RollupOutcome(true, 1), await second.RunOnceAsync(Cancellation));
        await CountAsync("booking-3", Start, 1);
        Assert.Equal(new RollupOutcome(false, 0), await first.RunOnceAsync(Cancellation));
    }

    [Fact]
    public async Task An_instance_that_stops_hands_the_lease_on()
    {
        var (first, lease) = NewInstance();
        var (second, _) = NewInstance();
        await CountAsync("booking-1", Start, 1);
        await first.RunOnceAsync(Cancellation);
        await lease.ReleaseAsync(Cancellation);
        await CountAsync("booking-2", Start, 1);
        Assert.Equal(new RollupOutcome(true, 1), await second.RunOnceAsync(Cancellation));
    }

    [Fact]
    public async Task A_fact_that_arrives_between_reading_and_moving_is_neither_lost_nor_doubled()
    {
        var (instance, _) = NewInstance();
        await CountAsync("booking-1", Start, 2);
        _engine.BeforeNextTransaction(() => CountAsync("booking-1", Start, 5));
        Assert.Equal(new RollupOutcome(true, 1), await instance.RunOnceAsync(Cancellation));
        Assert.Equal([7L], (await TimelineAsync()).Values);
        Assert.Equal(new RollupOutcome(true, 0), await instance.RunOnceAsync(Cancellation));
    }

    [Fact]
    public async Task An_instance_that_lost_its_lease_in_the_middle_of_a_rollup_doubles_nothing()
    {
        var (first, _) = NewInstance();
        var (second, _) = NewInstance();
        await CountAsync("booking-1", Start, 2);
        _engine.BeforeNextTransaction(async () =>
        {
            _time.Advance(TimeSpan.FromSeconds(16));
            Assert.Equal(new RollupOutcome(true, 1), await second.RunOnceAsync(Cancellation));
        });
        await first.RunOnceAsync(Cancellation);
        Assert.Equal([2L], (await TimelineAsync()).Values);
    }

    [Fact]
    public async Task Times_of_bookings_collapse_into_the_latest()
    {
        var (instance, _) = NewInstance();
        foreach (var seconds in (int[])[5, 9, 1])
            await _table.WriteAsync(new CountChanges().BookedAt(Start.AddSeconds(seconds)).ToWrite(EventId, "booking-1", Start), Cancellation);
        await instance.RunOnceAsync(Cancellation);
        await _table.WriteAsync(new CountChanges().BookedAt(Start.AddSeconds(3)).ToWrite(EventId, "booking-1", Start), Cancellation);
        await instance.RunOnceAsync(Cancellation);

        var shards = await _table.GetManyAsync(Keys.AllCounts(EventId), Consistency.Strong, Cancellation);
        Assert.Empty(shards.OfType<Item>().SelectMany(CountItem.TimesOf));
        Assert.Equal(Start.AddSeconds(9), EventCounts.Read(shards).LastBooking);
    }

    private (RollUpTimelines Rollups, RollupLease Lease) NewInstance()
    {
        var lease = new RollupLease(_table, _time, new IdGenerator(_time), Options.Create(new AnalyticsOptions()));
        return (new RollUpTimelines(_table, lease, _time, Microsoft.Extensions.Logging.Abstractions.NullLogger<RollUpTimelines>.Instance), lease);
    }

    private async Task CountAsync(string source, DateTimeOffset minute, long bookings) =>
        await _table.WriteAsync(new CountChanges().Minute(minute, Figure.Bookings, bookings).ToWrite(EventId, source, minute), Cancellation);

    private async Task<SortedDictionary<string, long>> TimelineAsync()
    {
        var buckets = new SortedDictionary<string, long>(StringComparer.Ordinal);
        await foreach (var item in _table.ScanPartitionAsync(Keys.Timeline(EventId), SortRange.BeginsWith(Keys.TimelineSort(Granularity.Minute, "")), Consistency.Strong, Cancellation))
        {
            foreach (var (name, value) in item.Attributes)
                buckets[item.Key.Sort + name] = value.Number;
        }

        return buckets;
    }
}
