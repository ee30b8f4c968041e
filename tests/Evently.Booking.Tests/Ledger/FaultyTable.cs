using System.Collections.Concurrent;
using Evently.Shared.Storage;

namespace Evently.Booking.Tests.Ledger;

internal enum WriteFault
{
    /// <summary>The write is applied and its answer lost.</summary>
    AppliedUnknown,

    /// <summary>The write is lost together with its answer.</summary>
    LostUnknown,

    Throttled,
}

/// <summary>A table that counts what is asked of it and fails on demand.</summary>
internal sealed class FaultyTable(ITableEngine inner) : ITableEngine
{
    private readonly ConcurrentQueue<string> _calls = new();

    /// <summary>Asked before every write and transaction; null lets it pass. Somebody else can act meanwhile.</summary>
    public Func<IReadOnlyList<Write>, Task<WriteFault?>> Fault { get; set; } = _ => Task.FromResult<WriteFault?>(null);

    /// <summary>Awaited before every read of single items.</summary>
    public Func<Task> BeforeGet { get; set; } = () => Task.CompletedTask;

    /// <summary>Awaited before every read by key.</summary>
    public Func<Task> BeforeRead { get; set; } = () => Task.CompletedTask;

    /// <summary>As DynamoDB Local does: a refused condition returns no item.</summary>
    public bool HidesRefusedItems { get; set; }

    /// <summary>Calls since the last <see cref="Forget"/>: an operation and the kind of item (<c>write ledger</c>).</summary>
    public IReadOnlyList<string> Calls => [.. _calls];

    public void Forget() => _calls.Clear();

    public bool IsMetered => inner.IsMetered;

    public async ValueTask<Item?> GetAsync(ItemKey key, Consistency consistency, CancellationToken cancellationToken)
    {
        Note("get", key.Partition);
        await BeforeGet();
        await BeforeRead();
        return await inner.GetAsync(key, consistency, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<Item?>> GetManyAsync(IReadOnlyList<ItemKey> keys, Consistency consistency, CancellationToken cancellationToken)
    {
        if (keys.Count > 0)
            Note("get many", keys[0].Partition);
        await BeforeRead();
        return await inner.GetManyAsync(keys, consistency, cancellationToken);
    }

    public ValueTask<Page> QueryAsync(Query query, CancellationToken cancellationToken)
    {
        Note("query", query.Partition);
        return inner.QueryAsync(query, cancellationToken);
    }

    public ValueTask<IndexPage> QueryIndexAsync(IndexQuery query, CancellationToken cancellationToken) => inner.QueryIndexAsync(query, cancellationToken);

    public async ValueTask<WriteResult> WriteAsync(Write write, CancellationToken cancellationToken)
    {
        Note("write", write.Key.Partition);
        var result = await FailAsync([write], () => inner.WriteAsync(write, cancellationToken));
        return HidesRefusedItems && !result.Applied ? result with { Item = null } : result;
    }

    public async ValueTask<TransactionResult> TransactAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        Note("transact", writes[0].Key.Partition);
        var result = await FailAsync(writes, () => inner.TransactAsync(writes, cancellationToken));
        return HidesRefusedItems && !result.Applied ? result with { RefusedItems = [.. result.Refused.Select(_ => (Item?)null)] } : result;
    }

    public ValueTask WriteManyAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken) => inner.WriteManyAsync(writes, cancellationToken);

    public ValueTask PingAsync(CancellationToken cancellationToken) => inner.PingAsync(cancellationToken);

    private async ValueTask<T> FailAsync<T>(IReadOnlyList<Write> writes, Func<ValueTask<T>> write)
    {
        switch (await Fault(writes))
        {
            case WriteFault.AppliedUnknown:
                await write();
                throw new WriteOutcomeUnknownException("The answer was lost.");
            case WriteFault.LostUnknown:
                throw new WriteOutcomeUnknownException("The request was lost.");
            case WriteFault.Throttled:
                throw new TableThrottledException("Too much.");
            default:
                return await write();
        }
    }

    private void Note(string operation, string partition) => _calls.Enqueue($"{operation} {KindOf(partition)}");

    private static string KindOf(string partition) => partition.Split('#')[1] switch
    {
        "L" => "ledger",
        var kind => kind.ToLowerInvariant(),
    };
}
