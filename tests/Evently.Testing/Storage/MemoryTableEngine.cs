using Evently.Shared.Storage;
using Evently.Shared.Storage.Rules;

namespace Evently.Testing.Storage;

/// <summary>The table in memory, for tests and simulation: the same answers as the durable engines, at once and gone with the process.</summary>
public sealed class MemoryTableEngine(TimeProvider time) : ITableEngine, IExpirySweep
{
    private readonly Lock _gate = new();
    private readonly MemoryItems _items = new();

    /// <summary>A table of its own with what this one has now.</summary>
    public MemoryTableEngine Copy(TimeProvider time, bool isMetered = true)
    {
        var copy = new MemoryTableEngine(time) { IsMetered = isMetered };
        lock (_gate)
        {
            foreach (var item in _items.All)
                copy._items.Store(item.Key, item);
        }

        return copy;
    }

    /// <summary>As on DynamoDB unless told otherwise.</summary>
    public bool IsMetered { get; init; } = true;

    public ValueTask<Item?> GetAsync(ItemKey key, Consistency consistency, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RequestValidator.Key(key);
        lock (_gate)
            return new(_items.Get(key));
    }

    public ValueTask<IReadOnlyList<Item?>> GetManyAsync(IReadOnlyList<ItemKey> keys, Consistency consistency, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RequestValidator.Keys(keys);
        var found = new Item?[keys.Count];
        lock (_gate)
        {
            for (var i = 0; i < found.Length; i++)
                found[i] = _items.Get(keys[i]);
        }

        return new(found);
    }

    public ValueTask<Page> QueryAsync(Query query, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RequestValidator.Query(query);
        lock (_gate)
            return new(_items.Query(query));
    }

    public ValueTask<IndexPage> QueryIndexAsync(IndexQuery query, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RequestValidator.Query(query);
        lock (_gate)
            return new(_items.Query(query));
    }

    public ValueTask<WriteResult> WriteAsync(Write write, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RequestValidator.Single(write);
        lock (_gate)
        {
            var current = _items.Get(write.Key);
            if (!ConditionEvaluator.Holds(write.Condition, current))
                return new(new WriteResult(false, current));
            var next = ChangeApplier.Apply(write, current);
            _items.Store(write.Key, next);
            return new(new WriteResult(true, next));
        }
    }

    public ValueTask<TransactionResult> TransactAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RequestValidator.Transaction(writes);
        lock (_gate)
        {
            var current = new Item?[writes.Count];
            for (var i = 0; i < current.Length; i++)
                current[i] = _items.Get(writes[i].Key);
            if (TransactionRules.Refused(writes, current) is { } refused)
                return new(refused);
            var next = TransactionRules.Apply(writes, current);
            for (var i = 0; i < next.Length; i++)
            {
                if (writes[i] is not Write.CheckWrite)
                    _items.Store(writes[i].Key, next[i]);
            }

            return new(TransactionResult.Success);
        }
    }

    public ValueTask WriteManyAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RequestValidator.Many(writes);
        lock (_gate)
        {
            for (var i = 0; i < writes.Count; i++)
                _items.Store(writes[i].Key, ChangeApplier.Apply(writes[i], _items.Get(writes[i].Key)));
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask PingAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<int> SweepExpiredAsync(int max, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        lock (_gate)
            return new(_items.Sweep(now, max));
    }
}
