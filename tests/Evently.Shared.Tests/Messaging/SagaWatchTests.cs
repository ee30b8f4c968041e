using Evently.Shared.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Shared.Tests.Messaging;

/// <summary>Where an entry of the due index would be paid for, whoever takes a saga's steps watches it, and others take over.</summary>
public sealed class SagaWatchTests
{
    private static readonly TimeSpan Later = TimeSpan.FromMinutes(10);
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly InterferingTable _table;

    public SagaWatchTests() => _table = new InterferingTable(new MemoryTableEngine(_time));

    [Fact]
    public async Task A_saga_that_waits_has_no_entry_in_the_index_and_is_woken_when_it_is_due()
    {
        await using var bench = new MessagingBench(_time, _table);
        var counter = await bench.NewCounterAsync(_time.GetUtcNow() + Later);

        Assert.False((await ItemOfAsync(bench, counter)).Has(WellKnown.IndexPartition));
        _time.Advance(Later - TimeSpan.FromSeconds(1));
        await bench.SettleAsync();
        Assert.Equal(0, (await bench.LoadAsync(counter)).Fired);
        _time.Advance(TimeSpan.FromSeconds(1));
        await bench.SettleAsync();
        Assert.Equal(1, (await bench.LoadAsync(counter)).Fired);
    }

    [Fact]
    public async Task Pages_are_there_before_their_sagas_and_gone_after_them()
    {
        await using var bench = new MessagingBench(_time, _table);
        var counters = new List<Guid>();
        for (var i = 0; i < 300; i++)
            counters.Add(await bench.NewCounterAsync(_time.GetUtcNow() + Later));
        Assert.Equal(counters.Order(), (await WatchedAsync(bench)).Order());

        _time.Advance(Later);
        await bench.SettleAsync();

        Assert.Empty(await WatchedAsync(bench));
        Assert.Empty((await bench.Sagas.ReadDueAsync(DateTimeOffset.MaxValue, 10, after: null, CancellationToken.None)).Sagas);
    }

    [Fact]
    public async Task What_a_page_could_not_be_written_for_is_not_inserted()
    {
        await using var bench = new MessagingBench(_time, _table);
        _table.BeforeWrite = () => throw new TableUnavailableException("down");
        await Assert.ThrowsAsync<TableUnavailableException>(() => bench.NewCounterAsync(_time.GetUtcNow() + Later));
        _table.BeforeWrite = null;

        await bench.NewCounterAsync(_time.GetUtcNow() + Later);
        Assert.Single(await WatchedAsync(bench));
    }

    [Fact]
    public async Task Ids_in_a_crowd_share_their_pages_and_tell_the_time_to_the_half_second()
    {
        await using var bench = new MessagingBench(_time, _table);
        var writes = 0;
        _table.BeforeWrite = () =>
        {
            writes++;
            return Task.CompletedTask;
        };
        var ids = new HashSet<Guid>();
        for (var i = 0; i < 4_000; i++)
        {
            var id = await bench.Sagas.NextIdAsync();
            Assert.True(ids.Add(id));
            Assert.InRange((_time.GetUtcNow() - Evently.Shared.Ids.Ulid.FromGuid(id).Time).TotalMilliseconds, 0, 500);
            if (i % 4 == 0)
                _time.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.Subset((await WatchedAsync(bench)).ToHashSet(), ids);

        // The first second has no pace to go by.
        Assert.InRange(writes, 4_000 / 56, 4_000 / 56 * 2);
    }

    [Fact]
    public async Task Ids_that_were_asked_for_and_never_used_leave_no_page()
    {
        await using var bench = new MessagingBench(_time, _table);
        for (var i = 0; i < 500; i++)
            await bench.Sagas.NextIdAsync();

        for (var minute = 0; minute < 3; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await bench.SettleAsync();
        }

        Assert.Empty(await WatchedAsync(bench));
    }

    [Fact]
    public async Task Another_instance_takes_over_when_its_watcher_is_gone_and_not_before()
    {
        await using var watcher = new MessagingBench(_time, _table, isOneOfMany: true);
        await using var other = new MessagingBench(_time, _table, isOneOfMany: true);
        var due = await watcher.NewCounterAsync(_time.GetUtcNow() + TimeSpan.FromSeconds(20));
        var far = await watcher.NewCounterAsync(_time.GetUtcNow() + Later);
        var done = await watcher.NewCounterAsync();
        await BothAsync(watcher, other, seconds: 12);
        Assert.All(await KeysAsync(other), key => Assert.StartsWith(SelfOf(watcher), key.Sort, StringComparison.Ordinal));

        // The watcher dies here.
        for (var second = 0; second < 18; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await other.SettleAsync();
        }

        Assert.Equal(1, (await other.LoadAsync(due)).Fired);
        Assert.Equal(0, (await other.LoadAsync(far)).Fired);
        Assert.All(await KeysAsync(other), key => Assert.StartsWith(SelfOf(other), key.Sort, StringComparison.Ordinal));
        Assert.DoesNotContain(done, await WatchedAsync(other));
        _time.Advance(Later);
        await other.SettleAsync();
        Assert.Equal(1, (await other.LoadAsync(far)).Fired);
    }

    [Fact]
    public async Task An_instance_that_goes_in_order_leaves_its_sagas_to_the_next()
    {
        var watcher = new MessagingBench(_time, _table, isOneOfMany: true);
        await watcher.SettleAsync();
        var due = await watcher.NewCounterAsync(_time.GetUtcNow() + TimeSpan.FromSeconds(30));
        await watcher.Steps.LeaveAsync();
        await watcher.DisposeAsync();

        await using var next = new MessagingBench(_time, _table, isOneOfMany: true);
        for (var second = 0; second < 32; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await next.SettleAsync();
        }

        Assert.Equal(1, (await next.LoadAsync(due)).Fired);
    }

    [Fact]
    public async Task A_step_on_another_instance_is_watched_there_as_well()
    {
        await using var first = new MessagingBench(_time, _table, isOneOfMany: true);
        await using var second = new MessagingBench(_time, _table, isOneOfMany: true);
        var counter = await first.NewCounterAsync(_time.GetUtcNow() + Later);

        await second.Bus.SendAsync(new Increment(counter), CancellationToken.None);

        Assert.Contains(await KeysAsync(second), key => key.Sort.StartsWith(SelfOf(second), StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_does_not_move_on_goes_to_the_index_and_leaves_it_when_it_does()
    {
        await using var bench = new MessagingBench(_time, _table);
        var broken = await bench.NewCounterAsync(_time.GetUtcNow() + TimeSpan.FromSeconds(1));
        var good = await bench.NewCounterAsync(_time.GetUtcNow() + TimeSpan.FromSeconds(1));
        bench.Faults.PoisonedCounters[broken] = 0;
        for (var second = 0; second < 40; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await bench.SettleAsync();
        }

        Assert.Equal(1, (await bench.LoadAsync(good)).Fired);
        Assert.True((await ItemOfAsync(bench, broken)).Has(WellKnown.IndexPartition));
        Assert.DoesNotContain(broken, await WatchedAsync(bench));
        Assert.Equal(1, bench.Counter.DueWorkers.Sum(worker => worker.Overdue));
        var listed = (await bench.Sagas.ReadDueAsync(_time.GetUtcNow(), 10, after: null, CancellationToken.None)).Sagas;
        Assert.Equal(broken, Assert.Single(listed).CorrelationId);

        bench.Faults.PoisonedCounters.Clear();
        _time.Advance(TimeSpan.FromMinutes(2));
        await bench.SettleAsync();
        Assert.Equal(1, (await bench.LoadAsync(broken)).Fired);
        Assert.False((await ItemOfAsync(bench, broken)).Has(WellKnown.IndexPartition));
        _time.Advance(TimeSpan.FromSeconds(10));
        await bench.SettleAsync();
        Assert.Equal(0, bench.Counter.DueWorkers.Sum(worker => worker.Overdue));
    }

    [Fact]
    public async Task A_store_that_is_down_for_minutes_moves_nothing_to_the_index()
    {
        await using var bench = new MessagingBench(_time, _table);
        var counter = await bench.NewCounterAsync(_time.GetUtcNow() + TimeSpan.FromSeconds(1));
        _table.IsDown = true;
        for (var second = 0; second < 120; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            foreach (var worker in bench.Counter.DueWorkers)
                await Record.ExceptionAsync(() => worker.RunOnceAsync(CancellationToken.None));
        }

        _table.IsDown = false;
        Assert.False((await ItemOfAsync(bench, counter)).Has(WellKnown.IndexPartition));
        _time.Advance(TimeSpan.FromSeconds(2));
        await bench.SettleAsync();
        Assert.Equal(1, (await bench.LoadAsync(counter)).Fired);
    }

    [Fact]
    public async Task What_an_older_version_put_into_the_index_is_woken_from_there()
    {
        await using var bench = new MessagingBench(_time, _table);
        Guid counter;
        await using (var older = new MessagingBench(_time, new InterferingTable(_table.Inner) { IsMetered = false }))
            counter = await older.NewCounterAsync(_time.GetUtcNow() + TimeSpan.FromSeconds(1));

        _time.Advance(TimeSpan.FromSeconds(2));
        await bench.SettleAsync();

        Assert.Equal(1, (await bench.LoadAsync(counter)).Fired);
    }

    private static string SelfOf(MessagingBench bench) => bench.Get<Evently.Shared.Messaging.Instances.IInstances>().Self;

    private async Task BothAsync(MessagingBench one, MessagingBench other, int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await one.SettleAsync();
            await other.SettleAsync();
        }
    }

    private static async Task<Item> ItemOfAsync(MessagingBench bench, Guid counter) =>
        await bench.CounterTable.GetAsync(new CounterStore().KeyOf(counter), Consistency.Strong, CancellationToken.None) ?? throw new InvalidOperationException("No such counter.");

    private static async Task<List<ItemKey>> KeysAsync(MessagingBench bench) => [.. (await bench.PagesAsync()).Select(page => page.Key)];

    private static async Task<List<Guid>> WatchedAsync(MessagingBench bench) =>
        [.. (await bench.PagesAsync()).SelectMany(page => page["ids"].Binary.ToArray().Chunk(16)).Select(id => new Guid(id, bigEndian: true))];
}
