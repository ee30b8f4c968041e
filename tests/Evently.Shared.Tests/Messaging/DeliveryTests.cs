using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Shared.Tests.Messaging;

/// <summary>Delivery at least once, effects once.</summary>
public sealed class DeliveryTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_message_that_was_committed_before_a_crash_is_relayed_by_the_next_process_under_the_same_id()
    {
        var table = new MemoryTableEngine(_time);
        var transport = new MemoryQueueTransport(_time, new MemoryQueueFaults(1));
        Guid committed;
        await using (var crashed = new MessagingBench(_time, table, transport))
        {
            await crashed.PublishAsync(new Tallied("t", 1));
            var row = Assert.Single(await OutboxRowsAsync(crashed));
            committed = Guid.Parse(row["body"].String.Split("\"messageId\":\"")[1][..36]);
        }

        await using var restarted = new MessagingBench(_time, table, transport);
        Assert.Equal(1, await restarted.Steps.SweepOutboxesAsync(CancellationToken.None));
        var received = Assert.Single(await (await restarted.CounterQueueAsync()).ReceiveAsync(10, TimeSpan.Zero, TimeSpan.FromSeconds(1), CancellationToken.None));

        Assert.Contains(committed.ToString(), received.Message.Body, StringComparison.Ordinal);
        Assert.Empty(await OutboxRowsAsync(restarted));
    }

    [Fact]
    public async Task A_message_delivered_twice_counts_once()
    {
        await using var bench = new MessagingBench(_time, transport: new MemoryQueueTransport(_time, new MemoryQueueFaults(1) { Duplicated = 1 }));

        await bench.PublishAsync(new Tallied("t", 5));
        await bench.SettleAsync();

        Assert.Equal(5, await bench.NumberAsync(TallyConsumer.KeyOf("t"), "sum"));
        Assert.Equal("tallied t", Assert.Single(bench.Faults.Notes));
        Assert.Equal(new QueueFigures(0, 0, null, 0), await (await bench.CounterQueueAsync()).FiguresAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_full_hand_over_leaves_messages_to_the_sweeper()
    {
        await using var bench = new MessagingBench(_time);
        for (var i = 0; i < Shared.Messaging.Outbox.OutboxRelay.HandOverCapacity + 10; i += 90)
            await bench.PublishAsync([.. Enumerable.Range(i, 90).Select(n => new Tallied("t", 1))]);
        var committed = (await bench.Counter.Sweeper.MeasureAsync(CancellationToken.None)).Depth;

        await bench.SettleAsync();
        var left = (await bench.Counter.Sweeper.MeasureAsync(CancellationToken.None)).Depth;
        await bench.Steps.SweepOutboxesAsync(CancellationToken.None);
        await bench.SettleAsync();

        Assert.Equal(committed - Shared.Messaging.Outbox.OutboxRelay.HandOverCapacity, left);
        Assert.Equal(committed, await bench.NumberAsync(TallyConsumer.KeyOf("t"), "sum"));
    }

    [Fact]
    public async Task A_poison_message_ends_in_the_dead_letters_does_not_hold_up_others_and_can_be_redriven()
    {
        await using var bench = new MessagingBench(_time);
        await bench.PublishAsync(new Trouble("bad", "poison"), new Trouble("good", "none"));

        await bench.SettleAsync();
        Assert.Equal(1, await bench.NumberAsync(TroubleConsumer.KeyOf("good"), "handled"));
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await bench.SettleAsync();
        }

        Assert.Equal(QueueLimits.MaxFailures, bench.Faults.Seen["bad"]);
        var status = (await bench.Get<QueueDirectory>().ListAsync(CancellationToken.None)).Single(queue => queue.Name == "evently-counter");
        Assert.Equal(new QueueFigures(0, 0, null, 1), status.Figures);

        bench.Faults.PoisonHealed = true;
        Assert.Equal(1, await bench.Get<QueueDirectory>().RedriveAsync("evently-counter", 100, CancellationToken.None));
        await bench.SettleAsync();
        Assert.Equal(1, await bench.NumberAsync(TroubleConsumer.KeyOf("bad"), "handled"));
        Assert.Null(await bench.Get<QueueDirectory>().RedriveAsync("evently-nonsense", 100, CancellationToken.None));
    }

    [Fact]
    public async Task A_message_without_subscribers_leaves_no_trace()
    {
        await using var bench = new MessagingBench(_time);

        await bench.PublishAsync(new NobodyListens("x"));

        Assert.Empty(await OutboxRowsAsync(bench));
    }

    [Fact]
    public async Task A_handler_that_outlasts_its_visibility_is_not_delivered_again_while_it_is_renewed()
    {
        await using var bench = new MessagingBench(_time);
        await bench.PublishAsync(new Trouble("slow", "slow"));
        await bench.Counter.Relay.RunOnceAsync(CancellationToken.None);
        Assert.Equal(1, await bench.Counter.Pump.ReceiveOnceAsync(TimeSpan.Zero, CancellationToken.None));
        await Eventually.HoldsAsync(() => bench.Faults.Seen.ContainsKey("slow"), "the handler began");

        for (var i = 0; i < 10; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(20));
            Assert.Equal(1, await bench.Counter.Pump.RenewOnceAsync(CancellationToken.None));
            Assert.Equal(0, await bench.Counter.Pump.ReceiveOnceAsync(TimeSpan.Zero, CancellationToken.None));
        }

        bench.Faults.SlowGate.SetResult();
        await Eventually.HoldsAsync(() => bench.Counter.Pump.Running == 0, "the handler ended");
        Assert.Equal(1, bench.Faults.Seen["slow"]);
        Assert.Equal(1, await bench.NumberAsync(TroubleConsumer.KeyOf("slow"), "handled"));
    }

    [Fact]
    public async Task Shutdown_hands_back_what_still_runs_without_its_effects()
    {
        await using var bench = new MessagingBench(_time);
        await bench.PublishAsync(new Trouble("slow", "slow"));
        await bench.Counter.Relay.RunOnceAsync(CancellationToken.None);
        await bench.Counter.Pump.ReceiveOnceAsync(TimeSpan.Zero, CancellationToken.None);
        await Eventually.HoldsAsync(() => bench.Faults.Seen.ContainsKey("slow"), "the handler began");

        await bench.Counter.Pump.StopAsync(new CancellationToken(canceled: true));
        await Eventually.HoldsAsync(() => bench.Counter.Pump.Running == 0, "the handler was cancelled");

        var back = Assert.Single(await (await bench.CounterQueueAsync()).ReceiveAsync(10, TimeSpan.Zero, TimeSpan.FromSeconds(1), CancellationToken.None));
        Assert.Equal(2, back.ReceiveCount);
        Assert.Equal(0, await bench.NumberAsync(TroubleConsumer.KeyOf("slow"), "handled"));
    }

    [Fact]
    public async Task With_loss_duplication_delay_and_reordering_a_saga_still_counts_every_step_once()
    {
        var faults = new MemoryQueueFaults(seed: 7) { SendFails = 0.2, SendAnswerLost = 0.1, Duplicated = 0.3, ReceiveLost = 0.1, DeleteLost = 0.1, Delayed = 0.5 };
        await using var bench = new MessagingBench(_time, transport: new MemoryQueueTransport(_time, faults));
        var counters = Enumerable.Range(0, 5).Select(_ => bench.Ids.Next().ToGuid()).ToList();
        const int steps = 20;
        for (var step = 0; step < steps; step++)
            await bench.PublishAsync([.. counters.Select(counter => new CounterStepped(counter, step))]);

        for (var round = 0; round < 200; round++)
        {
            var stepping = bench.Steps.RunOnceAsync(CancellationToken.None);
            while (!stepping.IsCompleted)
            {
                _time.Advance(TimeSpan.FromMilliseconds(50));
                await Task.Yield();
            }

            await stepping;
            _time.Advance(TimeSpan.FromSeconds(1));
            await bench.Steps.SweepOutboxesAsync(CancellationToken.None).WaitAdvancingAsync(_time);
        }

        foreach (var counter in counters)
            Assert.Equal(steps, (await bench.LoadAsync(counter)).Count);
        Assert.Equal(counters.Count * steps, bench.Heard.Messages.Count);
        Assert.Equal(0, (await (await bench.CounterQueueAsync()).FiguresAsync(CancellationToken.None)).DeadLetters);
    }

    private static async Task<IReadOnlyList<Item>> OutboxRowsAsync(MessagingBench bench)
    {
        List<Item> rows = [];
        for (var shard = 0; shard < Shared.Messaging.Outbox.OutboxRows.Shards; shard++)
            rows.AddRange((await bench.CounterTable.QueryAsync(new Query($"COUNTER#OUT#{shard}", SortRange.All, Consistency.Strong, 100), CancellationToken.None)).Items);
        return rows;
    }
}

internal static class FakeTimeExtensions
{
    /// <summary>Lets virtual time pass until the task is done, for work that pauses.</summary>
    public static async Task WaitAdvancingAsync(this Task task, FakeTimeProvider time)
    {
        while (!task.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }

        await task;
    }
}
