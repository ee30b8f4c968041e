using Evently.Shared.Ids;
using Evently.Shared.Messaging.Outbox;
using Evently.Shared.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Shared.Tests.Messaging;

/// <summary>What is committed reaches every queue that it names, and the healthy ones once.</summary>
public sealed class OutboxTests
{
    private const string CounterQueue = "evently-counter";
    private const string ListenerQueue = "evently-listener";
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly InterferingTable _table;
    private readonly InterferingQueues _queues;

    public OutboxTests()
    {
        _table = new InterferingTable(new MemoryTableEngine(_time));
        _queues = new InterferingQueues(new MemoryQueueTransport(_time, new MemoryQueueFaults(seed: 1)));
    }

    [Fact]
    public async Task A_queue_that_fails_does_not_flood_the_healthy_ones()
    {
        await using var bench = Bench();
        _queues.BeforeSend = queue => Refuse(queue, ListenerQueue);
        for (var n = 0; n < 100; n += 50)
            await bench.PublishAsync([.. Enumerable.Range(n, 50).Select(number => new Announced(number))]);

        await bench.Counter.Relay.RunOnceAsync(CancellationToken.None).WaitAdvancingAsync(_time);
        for (var sweep = 0; sweep < 20; sweep++)
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            await bench.Counter.Sweeper.RunOnceAsync(CancellationToken.None).WaitAdvancingAsync(_time);
        }

        Assert.Equal(100, _queues.Sent[CounterQueue]);
        Assert.Equal(100, bench.Counter.Sweeper.LastDepth);

        _queues.BeforeSend = null;
        await bench.Counter.Sweeper.RunOnceAsync(CancellationToken.None);
        await bench.SettleAsync();
        Assert.Equal((100, 100), (_queues.Sent[CounterQueue], _queues.Sent[ListenerQueue]));
        Assert.Equal(200, bench.Faults.Announced.Distinct().Count());
        Assert.Equal(0, (await bench.Counter.Sweeper.MeasureAsync(CancellationToken.None)).Depth);
    }

    [Fact]
    public async Task Rows_that_nobody_can_read_stop_neither_their_shard_nor_the_later_ones()
    {
        var unreadable = 0;
        for (var shard = 0; shard < OutboxRows.Shards; shard++)
        {
            // More than a page of them, in front of everything else.
            for (var n = 0; n < 110; n++, unreadable++)
                await PutAsync($"COUNTER#OUT#{shard}", $"0-no-id-{n:000}", ("type", "x"));
            await PutAsync($"COUNTER#OUT#{shard}", new Ulid((UInt128)(uint)shard).ToString(), ("type", "x"), ("to", CounterQueue));
            unreadable++;
        }

        await using (var crashed = Bench())
            await crashed.PublishAsync([.. Enumerable.Range(0, 50).Select(number => new Announced(number))]);
        await using var bench = Bench();

        Assert.Equal(50, await bench.Steps.SweepOutboxesAsync(CancellationToken.None));

        await bench.SettleAsync();
        Assert.Equal(100, bench.Faults.Announced.Count);
        Assert.Equal(unreadable, bench.Counter.Sweeper.SetAside);
        Assert.Equal(0, bench.Counter.Sweeper.LastDepth);
        Assert.Contains(bench.Log.Lines, line => line.Contains("can't be read", StringComparison.Ordinal));
        Assert.Equal(unreadable, (await bench.Counter.Sweeper.MeasureAsync(CancellationToken.None)).Depth);
    }

    [Fact]
    public async Task A_row_goes_where_it_says_though_nobody_here_knows_its_type()
    {
        var id = new IdGenerator(_time).Next();
        await PutAsync(
            $"COUNTER#OUT#{OutboxRows.ShardOf(id)}",
            id.ToString(),
            ("type", "urn:message:Tomorrow:Invented"), ("to", ListenerQueue), ("by", "gone"), ("group", "g"), ("body", "{}"));
        await using var bench = Bench();

        Assert.Equal(1, await bench.Steps.SweepOutboxesAsync(CancellationToken.None));

        Assert.Equal(1, _queues.Sent[ListenerQueue]);
    }

    [Fact]
    public async Task A_row_for_a_queue_that_nobody_knows_is_left_and_counted()
    {
        var id = new IdGenerator(_time).Next();
        await PutAsync(
            $"COUNTER#OUT#{OutboxRows.ShardOf(id)}",
            id.ToString(),
            ("type", "urn:message:Tomorrow:Invented"), ("to", "evently-tomorrow"), ("by", "gone"), ("group", "g"), ("body", "{}"));
        await using var bench = Bench();

        Assert.Equal(0, await bench.Steps.SweepOutboxesAsync(CancellationToken.None));

        Assert.Equal((1, 0), (bench.Counter.Sweeper.SetAside, bench.Counter.Sweeper.LastDepth));
        Assert.Equal(1, (await bench.Counter.Sweeper.MeasureAsync(CancellationToken.None)).Depth);
    }

    [Fact]
    public async Task A_row_of_a_version_that_named_no_destinations_goes_to_those_who_subscribe_and_one_of_an_unknown_type_is_left()
    {
        await using (var writer = Bench())
            await writer.PublishAsync(new Announced(7));
        var written = await OnlyRowAsync();
        await _table.WriteAsync(Write.Delete(written.Key, Condition.Always), CancellationToken.None);
        foreach (var type in new[] { written["type"].String, "urn:message:Tomorrow:Invented" })
        {
            var id = new IdGenerator(_time).Next();
            await PutAsync($"COUNTER#OUTBOX#{OutboxRows.ShardOf(id)}", id.ToString(), ("type", type), ("group", "g"), ("body", written["body"].String));
        }

        await using var bench = Bench();
        await bench.Steps.SweepOutboxesAsync(CancellationToken.None);
        Assert.Empty(bench.Faults.Announced);

        // Its writer is given the time to relay it; where versions before wrote is looked at once a minute.
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, await bench.Steps.SweepOutboxesAsync(CancellationToken.None));
        await bench.SettleAsync();

        Assert.Equal([("Counter", 7), ("Listener", 7)], bench.Faults.Announced.Order());
        Assert.Equal(1, bench.Counter.Sweeper.SetAside);
        Assert.Equal(1, (await bench.Counter.Sweeper.MeasureAsync(CancellationToken.None)).Depth);
    }

    [Fact]
    public async Task What_was_sent_is_not_sent_again_because_its_row_could_not_be_removed()
    {
        await using var bench = Bench();
        await bench.PublishAsync(new Announced(1));
        _table.BeforeWriteMany = () => throw new TableThrottledException("no delete");

        await Assert.ThrowsAsync<TableThrottledException>(() => bench.Counter.Relay.RunOnceAsync(CancellationToken.None));
        for (var sweep = 0; sweep < 5; sweep++)
            await bench.Counter.Sweeper.RunOnceAsync(CancellationToken.None);
        _table.BeforeWriteMany = null;
        Assert.Equal(1, await bench.Counter.Sweeper.RunOnceAsync(CancellationToken.None));

        Assert.Equal((1, 1), (_queues.Sent[CounterQueue], _queues.Sent[ListenerQueue]));
        Assert.Equal(0, (await bench.Counter.Sweeper.MeasureAsync(CancellationToken.None)).Depth);
    }

    [Fact]
    public async Task A_commit_that_was_applied_though_its_answer_got_lost_is_relayed_by_the_next_sweep()
    {
        await using var bench = Bench();
        _table.AfterTransaction = () => throw new WriteOutcomeUnknownException("no answer");
        await Assert.ThrowsAsync<WriteOutcomeUnknownException>(() => bench.PublishAsync(new Announced(1), new Announced(2)));
        _table.AfterTransaction = null;

        Assert.Equal(2, await bench.Steps.SweepOutboxesAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_clock_that_was_ahead_leaves_no_message_lying()
    {
        await using (var ahead = new MessagingBench(new FakeTimeProvider(_time.GetUtcNow() + TimeSpan.FromHours(1)), _table, _queues))
            await ahead.PublishAsync(new Announced(1));
        await using var bench = Bench();

        Assert.Equal(1, await bench.Steps.SweepOutboxesAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_shard_that_can_not_be_read_holds_up_no_other()
    {
        await using (var crashed = Bench())
            await crashed.PublishAsync([.. Enumerable.Range(0, 90).Select(number => new Announced(number))]);
        await using var bench = Bench();
        _table.BeforeQuery = partition =>
        {
            if (partition == "COUNTER#OUT#0")
                throw new TableThrottledException("hot");
        };

        var relayed = await bench.Steps.SweepOutboxesAsync(CancellationToken.None);
        Assert.InRange(relayed, 50, 89);

        _table.BeforeQuery = null;
        Assert.Equal(90 - relayed, await bench.Steps.SweepOutboxesAsync(CancellationToken.None));
    }

    private MessagingBench Bench() => new(_time, _table, _queues);

    private static void Refuse(string queue, string failing)
    {
        if (queue == failing)
            throw new IOException("The queue fails on purpose.");
    }

    private async Task PutAsync(string partition, string sort, params (string Name, string Value)[] attributes) => await _table.WriteAsync(
        Write.Put(new ItemKey(partition, sort), attributes.ToDictionary(attribute => attribute.Name, attribute => Value.Of(attribute.Value)), Condition.Always),
        CancellationToken.None);

    private async Task<Item> OnlyRowAsync()
    {
        List<Item> rows = [];
        for (var shard = 0; shard < OutboxRows.Shards; shard++)
            rows.AddRange((await _table.QueryAsync(new Query($"COUNTER#OUT#{shard}", SortRange.All, Consistency.Strong, 100), CancellationToken.None)).Items);
        return Assert.Single(rows);
    }
}
