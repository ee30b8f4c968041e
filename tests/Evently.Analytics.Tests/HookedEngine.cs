using Evently.Shared.Storage;

namespace Evently.Analytics.Tests;

/// <summary>Runs something once, between a caller's reads and its next transaction.</summary>
internal sealed class HookedEngine(ITableEngine inner) : ITableEngine
{
    private Func<Task>? _beforeTransaction;

    public void BeforeNextTransaction(Func<Task> action) => _beforeTransaction = action;

    public async ValueTask<TransactionResult> TransactAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _beforeTransaction, null) is { } action)
            await action();
        return await inner.TransactAsync(writes, cancellationToken);
    }

    /// <summary>Awaited before each single write.</summary>
    public Func<Write, Task>? BeforeWrite { get; set; }

    /// <summary>Awaited when a single write was applied, or refused.</summary>
    public Func<Write, Task>? AfterWrite { get; set; }

    public bool IsMetered => inner.IsMetered;

    public ValueTask<Item?> GetAsync(ItemKey key, Consistency consistency, CancellationToken cancellationToken) => inner.GetAsync(key, consistency, cancellationToken);

    public ValueTask<IReadOnlyList<Item?>> GetManyAsync(IReadOnlyList<ItemKey> keys, Consistency consistency, CancellationToken cancellationToken) =>
        inner.GetManyAsync(keys, consistency, cancellationToken);

    public ValueTask<Page> QueryAsync(Query query, CancellationToken cancellationToken) => inner.QueryAsync(query, cancellationToken);

    public ValueTask<IndexPage> QueryIndexAsync(IndexQuery query, CancellationToken cancellationToken) => inner.QueryIndexAsync(query, cancellationToken);

    public async ValueTask<WriteResult> WriteAsync(Write write, CancellationToken cancellationToken)
    {
        if (BeforeWrite is { } before)
            await before(write);
        var result = await inner.WriteAsync(write, cancellationToken);
        if (AfterWrite is { } after)
            await after(write);
        return result;
    }

    public ValueTask WriteManyAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken) => inner.WriteManyAsync(writes, cancellationToken);

    public ValueTask PingAsync(CancellationToken cancellationToken) => inner.PingAsync(cancellationToken);
}
