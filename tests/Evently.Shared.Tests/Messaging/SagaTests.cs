using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Shared.Tests.Messaging;

public sealed class SagaTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Of_many_first_inserts_of_one_instance_one_wins()
    {
        await using var bench = new MessagingBench(_time);
        var id = bench.Ids.Next().ToGuid();

        var won = await Task.WhenAll(Enumerable.Range(0, 20).Select(n =>
            bench.Sagas.InsertAsync(new CounterSaga { CorrelationId = id, State = "Counting", Count = n }, CancellationToken.None).AsTask()));

        Assert.Single(won, inserted => inserted);
        Assert.Equal(1, (await bench.LoadAsync(id)).Version);
    }

    [Fact]
    public async Task Two_processes_that_start_the_same_instance_make_one()
    {
        var table = new MemoryTableEngine(_time);
        await using var one = new MessagingBench(_time, table);
        await using var other = new MessagingBench(_time, table);
        var id = one.Ids.Next().ToGuid();
        await one.PublishAsync(new CounterStepped(id, 1));
        await other.PublishAsync(new CounterStepped(id, 2));

        await Task.WhenAll(one.SettleAsync(), other.SettleAsync()).WaitAdvancingAsync(_time);

        Assert.Equal(2, (await one.LoadAsync(id)).Count);
    }

    [Fact]
    public async Task A_refused_save_writes_neither_the_instance_nor_its_messages()
    {
        var table = new InterferingTable(new MemoryTableEngine(_time));
        await using var bench = new MessagingBench(_time, table);
        var id = bench.Ids.Next().ToGuid();
        await bench.PublishAsync(new CounterStepped(id, 1));
        await bench.SettleAsync();

        // Somebody else saves between the saga's read and its commit, every time.
        table.BeforeWrite = () => table.Inner.WriteAsync(
            Write.Update(new CounterStore().KeyOf(id), [Change.Add("v", 1)], Condition.Always), CancellationToken.None).AsTask();
        await bench.PublishAsync(new CounterStepped(id, 2));
        await bench.Counter.Relay.RunOnceAsync(CancellationToken.None);
        await bench.Counter.Pump.RunOnceAsync(CancellationToken.None).WaitAdvancingAsync(_time);

        Assert.Equal(1, (await bench.LoadAsync(id)).Count);
        Assert.Equal(0, bench.Counter.Relay.Depth);
        Assert.Equal(0, (await bench.Counter.Sweeper.MeasureAsync(CancellationToken.None)).Depth);

        table.BeforeWrite = null;
        _time.Advance(TimeSpan.FromMinutes(1));
        await bench.SettleAsync();
        Assert.Equal(2, (await bench.LoadAsync(id)).Count);
        Assert.Contains(bench.Heard.Messages, message => message.Count == 2);
    }

    // Once with what was in hand, then eight times with what the table had.
    [Theory]
    [InlineData(8, true)]
    [InlineData(9, false)]
    public async Task A_local_message_is_handled_again_a_bounded_number_of_times_while_others_win(int lost, bool succeeds)
    {
        var table = new InterferingTable(new MemoryTableEngine(_time));
        await using var bench = new MessagingBench(_time, table);
        var counter = await bench.NewCounterAsync();
        var left = lost;
        table.BeforeWrite = async () =>
        {
            if (left-- > 0)
                await table.Inner.WriteAsync(Write.Update(new CounterStore().KeyOf(counter), [Change.Add("v", 1)], Condition.Always), CancellationToken.None);
        };

        var sending = bench.Bus.SendAsync(new Increment(counter), CancellationToken.None);
        if (succeeds)
            await sending.WaitAdvancingAsync(_time);
        else
            await Assert.ThrowsAsync<CommitRefusedException>(() => sending.WaitAdvancingAsync(_time));

        Assert.Equal(succeeds ? 1 : 0, (await bench.LoadAsync(counter)).Count);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public async Task A_local_message_is_handled_again_a_bounded_number_of_times_while_the_table_does_not_serve(int unserved, bool succeeds)
    {
        var table = new InterferingTable(new MemoryTableEngine(_time));
        await using var bench = new MessagingBench(_time, table);
        var counter = await bench.NewCounterAsync();
        var left = unserved;
        table.BeforeWrite = () => left-- > 0 ? throw new WriteOutcomeUnknownException("The table did not answer.") : Task.CompletedTask;

        var sending = bench.Bus.SendAsync(new Increment(counter), CancellationToken.None);
        if (succeeds)
            await sending.WaitAdvancingAsync(_time);
        else
            await Assert.ThrowsAsync<WriteOutcomeUnknownException>(() => sending.WaitAdvancingAsync(_time));

        Assert.Equal(succeeds ? 1 : 0, (await bench.LoadAsync(counter)).Count);
    }

    [Fact]
    public async Task A_due_instance_is_woken_after_a_restart()
    {
        var table = new MemoryTableEngine(_time);
        Guid counter;
        await using (var before = new MessagingBench(_time, table))
            counter = await before.NewCounterAsync(_time.GetUtcNow() + TimeSpan.FromMinutes(3));

        await using var after = new MessagingBench(_time, table);
        await after.SettleAsync();
        Assert.Equal(0, (await after.LoadAsync(counter)).Fired);
        _time.Advance(TimeSpan.FromMinutes(3));
        await after.SettleAsync();

        Assert.Equal(1, (await after.LoadAsync(counter)).Fired);
        Assert.Empty((await after.Sagas.ReadDueAsync(DateTimeOffset.MaxValue, 10, after: null, CancellationToken.None)).Sagas);
    }

    [Fact]
    public async Task An_instance_that_can_not_be_woken_pauses_and_holds_up_nobody()
    {
        await using var bench = new MessagingBench(_time, new MemoryTableEngine(_time) { IsMetered = false });
        var due = _time.GetUtcNow() + TimeSpan.FromSeconds(1);
        List<Guid> poisoned = [];
        for (var i = 0; i < 1_000; i++)
        {
            var counter = await bench.NewCounterAsync(due);
            poisoned.Add(counter);
            bench.Faults.PoisonedCounters[counter] = 0;
        }

        var good = await bench.NewCounterAsync(due + TimeSpan.FromMilliseconds(1));
        _time.Advance(TimeSpan.FromSeconds(2));

        for (var step = 0; step < 4; step++)
            await bench.Counter.DueWorkers[0].RunOnceAsync(CancellationToken.None);

        Assert.Equal(1, (await bench.LoadAsync(good)).Fired);
        Assert.Equal(0, await bench.Counter.DueWorkers[0].RunOnceAsync(CancellationToken.None));
        Assert.Equal(1_000, bench.Counter.DueWorkers[0].Overdue);

        bench.Faults.PoisonedCounters.Clear();
        _time.Advance(TimeSpan.FromMinutes(2));
        for (var step = 0; step < 4; step++)
            await bench.Counter.DueWorkers[0].RunOnceAsync(CancellationToken.None);
        Assert.Equal(1, (await bench.LoadAsync(poisoned[0])).Fired);
    }

    [Fact]
    public async Task A_local_message_for_an_instance_that_is_not_there_is_dropped()
    {
        await using var bench = new MessagingBench(_time);

        await bench.Bus.SendAsync(new Increment(bench.Ids.Next().ToGuid()), CancellationToken.None);

        Assert.Contains(bench.Log.Lines, line => line.Contains("There is no CounterSaga for the Increment", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_message_that_changes_nothing_costs_no_write()
    {
        await using var bench = new MessagingBench(_time);
        var id = bench.Ids.Next().ToGuid();
        await bench.PublishAsync(new CounterStepped(id, 1));
        await bench.SettleAsync();

        await bench.PublishAsync(new CounterStepped(id, 1));
        await bench.SettleAsync();

        Assert.Equal(1, (await bench.LoadAsync(id)).Version);
    }
}
