using Evently.Shared.Storage;

namespace Evently.Shared.Tests.Storage.Faults;

public sealed class FaultyTableTests
{
    private static readonly ItemKey Key = new("p", "s");
    private readonly MemoryTableEngine _memory = new(TimeProvider.System);
    private TableFault _fault;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private FaultyTableEngine Faulty => field ??= new FaultyTableEngine(_memory, _ => _fault);

    [Theory]
    [InlineData(TableFault.Unavailable, typeof(TableUnavailableException), false)]
    [InlineData(TableFault.Throttled, typeof(TableThrottledException), false)]
    [InlineData(TableFault.UnknownWithoutWrite, typeof(WriteOutcomeUnknownException), false)]
    [InlineData(TableFault.UnknownAfterWrite, typeof(WriteOutcomeUnknownException), true)]
    public async Task A_fault_of_a_write_is_heard_and_applied_only_as_it_says(TableFault fault, Type heard, bool isApplied)
    {
        _fault = fault;
        await Assert.ThrowsAsync(heard, async () => await Faulty.WriteAsync(Set("a"), Cancellation));
        await Assert.ThrowsAsync(heard, async () => await Faulty.TransactAsync([Set("b") with { Key = new("p", "t") }], Cancellation));

        Assert.Equal(isApplied, await _memory.GetAsync(Key, Consistency.Strong, Cancellation) is not null);
        Assert.Equal(isApplied, await _memory.GetAsync(new("p", "t"), Consistency.Strong, Cancellation) is not null);
    }

    [Fact]
    public async Task Independent_writes_of_unknown_outcome_may_be_applied_in_part()
    {
        _fault = TableFault.UnknownWithoutWrite;
        var writes = Enumerable.Range(0, 4).Select(i => Write.Put(new("p", $"{i}"), new Dictionary<string, Value>(), Condition.Always)).ToList();
        await Assert.ThrowsAsync<WriteOutcomeUnknownException>(async () => await Faulty.WriteManyAsync(writes, Cancellation));
        Assert.Equal(2, (await _memory.QueryAsync(new Query("p", SortRange.All, Consistency.Strong, 10), Cancellation)).Items.Count);
    }

    [Fact]
    public async Task A_stale_read_sees_the_state_before_the_last_write_and_a_strong_one_never()
    {
        await Faulty.WriteAsync(Set("old"), Cancellation);
        await Faulty.WriteAsync(Set("new"), Cancellation);
        _fault = TableFault.Stale;

        Assert.Equal("old", (await Faulty.GetAsync(Key, Consistency.Eventual, Cancellation))!["a"]);
        Assert.Equal("new", (await Faulty.GetAsync(Key, Consistency.Strong, Cancellation))!["a"]);
        Assert.Equal("old", (await Faulty.GetManyAsync([Key], Consistency.Eventual, Cancellation))[0]!["a"]);
        Assert.Equal("old", Assert.Single((await QueryAsync(Consistency.Eventual)).Items)["a"]);
        Assert.Equal("new", Assert.Single((await QueryAsync(Consistency.Strong)).Items)["a"]);
    }

    [Fact]
    public async Task A_stale_query_still_shows_what_was_deleted_and_not_yet_what_was_inserted()
    {
        await Faulty.WriteAsync(Set("a"), Cancellation);
        await Faulty.WriteAsync(Write.Delete(Key, Condition.Always), Cancellation);
        await Faulty.WriteAsync(Set("b") with { Key = new("p", "t") }, Cancellation);
        _fault = TableFault.Stale;
        Assert.Equal(Key, Assert.Single((await QueryAsync(Consistency.Eventual)).Items).Key);
    }

    [Fact]
    public async Task A_stale_index_still_shows_an_entry_that_left()
    {
        await Faulty.WriteAsync(Write.Update(Key, [Change.Set(WellKnown.IndexPartition, "x"), Change.Set(WellKnown.IndexSort, "1")], Condition.Always), Cancellation);
        await Faulty.WriteAsync(Write.Update(Key, [Change.Remove(WellKnown.IndexSort)], Condition.Always), Cancellation);
        var query = new IndexQuery("x", SortRange.All, 10);
        Assert.Empty((await Faulty.QueryIndexAsync(query, Cancellation)).Entries);

        _fault = TableFault.Stale;
        Assert.Equal(new IndexEntry(Key, "1"), Assert.Single((await Faulty.QueryIndexAsync(query, Cancellation)).Entries));
    }

    [Fact]
    public void The_same_seed_draws_the_same_faults_at_about_the_asked_rate()
    {
        var rates = new FaultRates { Throttled = 0.2, UnknownAfterWrite = 0.1 };
        var first = Draw(rates.Draw(new Random(7)));
        Assert.Equal(first, Draw(rates.Draw(new Random(7))));
        Assert.InRange(first.Count(fault => fault == TableFault.Throttled), 150, 250);
        Assert.InRange(first.Count(fault => fault == TableFault.UnknownAfterWrite), 70, 130);

        static List<TableFault> Draw(FaultPlan plan) =>
            [.. Enumerable.Range(1, 1_000).Select(i => plan(new TableCall(i, TableOperation.Write, [Key], Key.Partition)))];
    }

    [Fact]
    public async Task A_gate_lets_a_simulator_choose_which_of_two_writers_wins()
    {
        var gate = new StepGate();
        var gated = new FaultyTableEngine(_memory, _ => TableFault.None, gate);
        var first = gated.WriteAsync(Set("first") with { Condition = Condition.ItemAbsent }, Cancellation).AsTask();
        var second = gated.WriteAsync(Set("second") with { Condition = Condition.ItemAbsent }, Cancellation).AsTask();
        Assert.Equal([1L, 2L], gate.Waiting.Select(step => step.Call.Number));

        gate.Release(1);
        Assert.Equal("second", (await _memory.GetAsync(Key, Consistency.Strong, Cancellation))!["a"]);
        Assert.False(second.IsCompleted);
        Assert.True(gate.Waiting[1].IsAnswer);

        gate.Release(0);
        gate.Release(0);
        gate.Release(0);
        Assert.True((await second).Applied);
        Assert.False((await first).Applied);
        Assert.Empty(gate.Waiting);
    }

    private static Write Set(string value) => Write.Update(Key, [Change.Set("a", value)], Condition.Always);

    private ValueTask<Page> QueryAsync(Consistency consistency) => Faulty.QueryAsync(new Query("p", SortRange.All, consistency, 10), Cancellation);
}
