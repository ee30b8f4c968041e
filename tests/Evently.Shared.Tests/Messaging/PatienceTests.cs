using Evently.Shared.Messaging;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Shared.Tests.Messaging;

/// <summary>What counts against a message, and what does not.</summary>
public sealed class PatienceTests
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(47);
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task An_outage_of_the_store_spends_no_delivery_of_any_message()
    {
        await using var bench = new MessagingBench(_time);
        await bench.PublishAsync([.. Enumerable.Range(0, 40).Select(n => new Trouble($"{n}", "unserved"))]);
        await bench.Counter.Relay.RunOnceAsync(CancellationToken.None);
        bench.Faults.StoreIsDown = true;

        var handling = Task.WhenAll(bench.Counter.Pump.RunOnceAsync(CancellationToken.None), bench.Counter.Pump.RunOnceAsync(CancellationToken.None));
        await PassAsync(bench, Outage);
        Assert.False(handling.IsCompleted);
        var tries = bench.Faults.Seen.Values.ToList();
        bench.Faults.StoreIsDown = false;
        await handling.WaitAdvancingAsync(_time);
        await bench.SettleAsync().WaitAdvancingAsync(_time);

        Assert.Equal(new QueueFigures(0, 0, null, 0), await (await bench.CounterQueueAsync()).FiguresAsync(CancellationToken.None));
        Assert.Equal(40, bench.Faults.Seen.Count);
        Assert.DoesNotContain(bench.Log.Lines, line => line.Contains("failed at its delivery", StringComparison.Ordinal));

        // With growing pauses, up to a cap: neither hammering nor asleep.
        Assert.All(tries, count => Assert.InRange(count, 10, 25));
    }

    [Fact]
    public async Task While_the_store_is_down_one_message_at_a_time_is_received_to_find_out()
    {
        await using var bench = new MessagingBench(_time);
        await bench.PublishAsync([.. Enumerable.Range(0, 40).Select(n => new Trouble($"{n}", "unserved"))]);
        await bench.Counter.Relay.RunOnceAsync(CancellationToken.None);
        bench.Faults.StoreIsDown = true;

        Assert.Equal(QueueLimits.BatchEntries, await bench.Counter.Pump.ReceiveOnceAsync(TimeSpan.Zero, CancellationToken.None));
        await Eventually.HoldsAsync(() => bench.Faults.Seen.Count == QueueLimits.BatchEntries, "the handlers began");
        await Eventually.HoldsAsync(() => bench.Log.Lines.Any(line => line.Contains("does not serve", StringComparison.Ordinal)), "the outage was noticed");
        var next = bench.Counter.Pump.ReceiveOnceAsync(TimeSpan.Zero, CancellationToken.None);
        Assert.False(next.IsCompleted);
        await next.WaitAdvancingAsync(_time);

        Assert.Equal(1, await next);
        bench.Faults.StoreIsDown = false;
        await bench.SettleAsync().WaitAdvancingAsync(_time);
        Assert.Equal(40, bench.Faults.Seen.Count);
    }

    [Fact]
    public async Task A_process_that_stops_during_an_outage_hands_its_messages_back_uncounted()
    {
        await using var bench = new MessagingBench(_time);
        await bench.PublishAsync(new Trouble("1", "unserved"));
        await bench.Counter.Relay.RunOnceAsync(CancellationToken.None);
        bench.Faults.StoreIsDown = true;
        await bench.Counter.Pump.ReceiveOnceAsync(TimeSpan.Zero, CancellationToken.None);
        await Eventually.HoldsAsync(() => bench.Log.Lines.Any(line => line.Contains("does not serve", StringComparison.Ordinal)), "the outage was noticed");

        await bench.Counter.Pump.StopAsync(CancellationToken.None).WaitAdvancingAsync(_time);

        var back = await (await bench.CounterQueueAsync()).ReceiveAsync(10, TimeSpan.Zero, TimeSpan.FromSeconds(1), CancellationToken.None);
        Assert.Equal(1, Assert.Single(back).ReceiveCount);
    }

    [Fact]
    public async Task A_message_that_fails_is_tried_for_minutes_before_it_is_dead()
    {
        await using var bench = new MessagingBench(_time);
        await bench.PublishAsync(new Trouble("bad", "poison"));
        var started = _time.GetUtcNow();

        await bench.SettleAsync();
        while ((await DeadLettersAsync(bench)) == 0)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await bench.SettleAsync();
        }

        Assert.Equal(QueueLimits.MaxFailures, bench.Faults.Seen["bad"]);
        Assert.InRange(_time.GetUtcNow() - started, TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(8));
    }

    [Fact]
    public async Task A_message_that_nobody_can_read_is_a_dead_letter_at_once_and_logged_once()
    {
        await using var bench = new MessagingBench(_time);
        var queue = await bench.CounterQueueAsync();
        await queue.SendAsync([new QueueMessage("1", "g", "this is no envelope", null)], CancellationToken.None);

        await bench.SettleAsync();

        Assert.Equal(new QueueFigures(0, 0, null, 1), await queue.FiguresAsync(CancellationToken.None));
        Assert.Single(bench.Log.Lines, line => line.Contains("is a dead letter now", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_message_of_an_unknown_type_waits_an_hour_for_a_process_that_knows_it()
    {
        await using var bench = new MessagingBench(_time);
        var queue = await bench.CounterQueueAsync();
        var body = """{"messageId":"6f9619ff-8b86-d011-b42d-00cf4fc964ff","messageType":["urn:message:Evently.Shared.Tests.Messaging:NobodyListens"],"message":{"text":"x"}}""";
        await queue.SendAsync([new QueueMessage(bench.Ids.Next().ToString(), "g", body, null)], CancellationToken.None);

        for (var minute = 0; minute < 59; minute++)
        {
            await bench.SettleAsync();
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        // Somebody who knows it would receive it as if for the first time.
        _time.Advance(TimeSpan.FromSeconds(30));
        var waiting = Assert.Single(await queue.ReceiveAsync(10, TimeSpan.Zero, TimeSpan.FromSeconds(1), CancellationToken.None));
        Assert.Equal(1, waiting.ReceiveCount);

        _time.Advance(TimeSpan.FromMinutes(2));
        await bench.SettleAsync();
        Assert.Equal(new QueueFigures(0, 0, null, 1), await queue.FiguresAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_message_that_waits_for_something_else_than_the_store_waits_without_an_end_and_stops_no_other()
    {
        await using var bench = new MessagingBench(_time);
        bench.Faults.StoreIsDown = true;
        await bench.PublishAsync(new Trouble("waits", "unavailable"));
        for (var minute = 0; minute < 180; minute++)
        {
            await bench.SettleAsync();
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.InRange(bench.Faults.Seen["waits"], 60, 200);
        await bench.PublishAsync(new Trouble("goes on", "none"));
        await bench.SettleAsync();
        Assert.Equal(1, bench.Faults.Seen["goes on"]);

        bench.Faults.StoreIsDown = false;
        _time.Advance(TimeSpan.FromMinutes(2));
        await bench.SettleAsync();
        Assert.Equal(new QueueFigures(0, 0, null, 0), await (await bench.CounterQueueAsync()).FiguresAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_handled_message_whose_delete_fails_at_its_last_delivery_is_no_dead_letter()
    {
        var queues = new InterferingQueues(new MemoryQueueTransport(_time, new MemoryQueueFaults(seed: 1)));
        await using var bench = new MessagingBench(_time, transport: queues);
        var queue = await bench.CounterQueueAsync();
        await bench.PublishAsync(new Trouble("1", "none"));
        await bench.Counter.Relay.RunOnceAsync(CancellationToken.None);
        for (var receive = 1; receive < QueueLimits.MaxReceives; receive++)
            await queue.ChangeVisibilityAsync(await queue.ReceiveAsync(1, TimeSpan.Zero, TimeSpan.FromSeconds(30), CancellationToken.None), TimeSpan.Zero, CancellationToken.None);

        var failures = 0;
        queues.BeforeDelete = _ => failures = ++failures <= 20 ? throw new IOException("no delete") : failures;
        var handling = bench.Counter.Pump.RunOnceAsync(CancellationToken.None);
        await PassAsync(bench, TimeSpan.FromMinutes(3), until: handling);

        Assert.Equal(1, await handling);
        Assert.True(failures > 20, "The delete was given up.");
        Assert.Equal(1, bench.Faults.Seen["1"]);
        Assert.Equal(new QueueFigures(0, 0, null, 0), await queue.FiguresAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Deliveries_to_processes_that_were_killed_are_no_failures()
    {
        await using var bench = new MessagingBench(_time);
        var queue = await bench.CounterQueueAsync();
        await bench.PublishAsync(new Trouble("bad", "poison"));
        await bench.Counter.Relay.RunOnceAsync(CancellationToken.None);
        _time.Advance(TimeSpan.FromMinutes(10));
        for (var kill = 1; kill <= QueueLimits.MaxFailures; kill++)
            await queue.ChangeVisibilityAsync(await queue.ReceiveAsync(1, TimeSpan.Zero, TimeSpan.FromSeconds(30), CancellationToken.None), TimeSpan.Zero, CancellationToken.None);

        await bench.SettleAsync();

        Assert.Equal(1, bench.Faults.Seen["bad"]);
        Assert.Equal(0, await DeadLettersAsync(bench));

        // It is tried as often as any other.
        for (var minute = 0; minute < 15; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await bench.SettleAsync();
        }

        Assert.Equal(1, await DeadLettersAsync(bench));
        Assert.Equal(QueueLimits.MaxFailures, bench.Faults.Seen["bad"]);
    }

    private static async Task<int> DeadLettersAsync(MessagingBench bench) =>
        (await (await bench.CounterQueueAsync()).FiguresAsync(CancellationToken.None)).DeadLetters;

    /// <summary>Virtual time passes as it does in a host: what runs is given the chance to, and its leases are renewed.</summary>
    private async Task PassAsync(MessagingBench bench, TimeSpan time, Task? until = null)
    {
        for (var end = _time.GetUtcNow() + time; _time.GetUtcNow() < end && until?.IsCompleted != true;)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await bench.Counter.Pump.RenewOnceAsync(CancellationToken.None);
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }
}
