using Evently.Shared.Storage;
namespace Evently.Testing.Storage;

/// <summary>
/// Any engine with faults on demand. Conditions are refused only when they don't hold; everything else that a table in a bad hour does to its callers comes from
/// the plan. With a <see cref="StepGate"/>, calls also wait for a simulator.
/// </summary>
public sealed class FaultyTableEngine(ITableEngine inner, FaultPlan plan, StepGate? gate = null) : ITableEngine, IExpirySweep
{
    private readonly LastVersions _last = new();
    private readonly Lock _order = new();
    private long _calls;

    public bool IsMetered => inner.IsMetered;

    public async ValueTask<Item?> GetAsync(ItemKey key, Consistency consistency, CancellationToken cancellationToken)
    {
        var (call, fault) = await BeginReadAsync(TableOperation.Get, [key], key.Partition, cancellationToken);
        var item = await inner.GetAsync(key, consistency, cancellationToken);
        await EndAsync(call, cancellationToken);
        return IsStale(fault, consistency) ? _last.Rewind(key, item) : item;
    }

    public async ValueTask<IReadOnlyList<Item?>> GetManyAsync(IReadOnlyList<ItemKey> keys, Consistency consistency, CancellationToken cancellationToken)
    {
        var (call, fault) = await BeginReadAsync(TableOperation.GetMany, keys, keys.Count == 0 ? string.Empty : keys[0].Partition, cancellationToken);
        var items = await inner.GetManyAsync(keys, consistency, cancellationToken);
        await EndAsync(call, cancellationToken);
        return IsStale(fault, consistency) ? [.. items.Select((item, i) => _last.Rewind(keys[i], item))] : items;
    }

    public async ValueTask<Page> QueryAsync(Query query, CancellationToken cancellationToken)
    {
        var (call, fault) = await BeginReadAsync(TableOperation.Query, [], query.Partition, cancellationToken);
        var page = await inner.QueryAsync(query, cancellationToken);
        await EndAsync(call, cancellationToken);
        return IsStale(fault, query.Consistency) ? _last.Rewind(query, page) : page;
    }

    public async ValueTask<IndexPage> QueryIndexAsync(IndexQuery query, CancellationToken cancellationToken)
    {
        var (call, fault) = await BeginReadAsync(TableOperation.QueryIndex, [], query.Partition, cancellationToken);
        var page = await inner.QueryIndexAsync(query, cancellationToken);
        await EndAsync(call, cancellationToken);
        return IsStale(fault, Consistency.Eventual) ? _last.Rewind(query, page) : page;
    }

    public ValueTask<WriteResult> WriteAsync(Write write, CancellationToken cancellationToken) =>
        ApplyAsync(TableOperation.Write, [write], () => inner.WriteAsync(write, cancellationToken), result => result.Applied, cancellationToken);

    public ValueTask<TransactionResult> TransactAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken) =>
        ApplyAsync(TableOperation.Transact, writes, () => inner.TransactAsync(writes, cancellationToken), result => result.Applied, cancellationToken);

    public async ValueTask WriteManyAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        await ApplyAsync(TableOperation.WriteMany, writes, () => WriteAllAsync(writes), _ => true, cancellationToken);

        async ValueTask<bool> WriteAllAsync(IReadOnlyList<Write> some)
        {
            await inner.WriteManyAsync(some, cancellationToken);
            return true;
        }
    }

    public async ValueTask PingAsync(CancellationToken cancellationToken)
    {
        var (call, _) = await BeginReadAsync(TableOperation.Ping, [], string.Empty, cancellationToken);
        await inner.PingAsync(cancellationToken);
        await EndAsync(call, cancellationToken);
    }

    /// <summary>Passed on without faults.</summary>
    public ValueTask<int> SweepExpiredAsync(int max, CancellationToken cancellationToken) =>
        inner is IExpirySweep sweep ? sweep.SweepExpiredAsync(max, cancellationToken) : ValueTask.FromResult(0);

    private static bool IsStale(TableFault fault, Consistency consistency) => fault == TableFault.Stale && consistency == Consistency.Eventual;

    private async ValueTask<TResult> ApplyAsync<TResult>(
        TableOperation operation,
        IReadOnlyList<Write> writes,
        Func<ValueTask<TResult>> apply,
        Func<TResult, bool> isApplied,
        CancellationToken cancellationToken)
    {
        var (call, fault) = await BeginAsync(operation, [.. writes.Select(write => write.Key)], writes.Count == 0 ? string.Empty : writes[0].Key.Partition, cancellationToken);
        if (fault == TableFault.UnknownWithoutWrite)
        {
            if (operation == TableOperation.WriteMany)
                await inner.WriteManyAsync([.. writes.Take(writes.Count / 2)], cancellationToken);
            await EndAsync(call, cancellationToken);
            throw new WriteOutcomeUnknownException("Injected: no answer.");
        }

        var before = await ReadAsync(call.Keys, cancellationToken);
        var result = await apply();
        if (isApplied(result))
        {
            for (var i = 0; i < before.Count; i++)
                _last.Remember(call.Keys[i], before[i]);
        }

        await EndAsync(call, cancellationToken);
        return fault == TableFault.UnknownAfterWrite ? throw new WriteOutcomeUnknownException("Injected: no answer.") : result;
    }

    /// <summary>The items before a write. An invalid write has none; the engine will refuse it.</summary>
    private async ValueTask<IReadOnlyList<Item?>> ReadAsync(IReadOnlyList<ItemKey> keys, CancellationToken cancellationToken)
    {
        var items = new List<Item?>(keys.Count);
        try
        {
            foreach (var key in keys)
                items.Add(await inner.GetAsync(key, Consistency.Strong, cancellationToken));
        }
        catch (ArgumentException)
        {
            items.Clear();
        }

        return items;
    }

    private async ValueTask<(TableCall Call, TableFault Fault)> BeginReadAsync(
        TableOperation operation, IReadOnlyList<ItemKey> keys, string partition, CancellationToken cancellationToken)
    {
        var (call, fault) = await BeginAsync(operation, keys, partition, cancellationToken);
        return fault is TableFault.None or TableFault.Stale ? (call, fault) : throw new TableUnavailableException("Injected: unavailable.");
    }

    private async ValueTask<(TableCall Call, TableFault Fault)> BeginAsync(
        TableOperation operation, IReadOnlyList<ItemKey> keys, string partition, CancellationToken cancellationToken)
    {
        TableCall call;
        TableFault fault;
        lock (_order)
        {
            call = new TableCall(++_calls, operation, keys, partition);
            fault = plan(call);
        }

        if (gate is not null)
            await gate.StopAsync(call, isAnswer: false, cancellationToken);
        return fault switch
        {
            TableFault.Unavailable => throw new TableUnavailableException("Injected: unavailable."),
            TableFault.Throttled => throw new TableThrottledException("Injected: throttled."),
            _ => (call, fault),
        };
    }

    /// <summary>A cancelled caller hears of its cancellation, though the call is done.</summary>
    private ValueTask EndAsync(TableCall call, CancellationToken cancellationToken) =>
        gate is null ? ValueTask.CompletedTask : gate.StopAsync(call, isAnswer: true, cancellationToken);
}
