using Evently.Shared.Storage;

namespace Evently.Shared.Tests.Messaging;

/// <summary>Lets a test act between what a handler read and what it commits.</summary>
internal sealed class InterferingTable(ITableEngine inner) : ITableEngine
{
    public ITableEngine Inner { get; } = inner;

    public Func<Task>? BeforeWrite { get; set; }

    /// <summary>The key of the single write that <see cref="BeforeWrite"/> is called for.</summary>
    public ItemKey? Writing { get; private set; }

    /// <summary>Called with the key before each single write.</summary>
    public Action<ItemKey>? Written { get; set; }

    /// <summary>Whether a single write of this key is answered as refused, though it was applied.</summary>
    public Func<ItemKey, bool>? LooksRefused { get; set; }

    /// <summary>Called with the key when a single write was applied, or refused.</summary>
    public Action<ItemKey>? AfterWrite { get; set; }

    /// <summary>Called when a transaction was applied.</summary>
    public Action? AfterTransaction { get; set; }

    public Action? BeforeWriteMany { get; set; }

    /// <summary>Called with the partition.</summary>
    public Action<string>? BeforeQuery { get; set; }

    /// <summary>Nothing can be read or written.</summary>
    public bool IsDown { get; set; }

    public bool IsMetered { get; init; } = inner.IsMetered;

    public ValueTask<Item?> GetAsync(ItemKey key, Consistency consistency, CancellationToken cancellationToken) => Up.GetAsync(key, consistency, cancellationToken);

    public ValueTask<IReadOnlyList<Item?>> GetManyAsync(IReadOnlyList<ItemKey> keys, Consistency consistency, CancellationToken cancellationToken) =>
        Up.GetManyAsync(keys, consistency, cancellationToken);

    public ValueTask<Page> QueryAsync(Query query, CancellationToken cancellationToken)
    {
        BeforeQuery?.Invoke(query.Partition);
        return Up.QueryAsync(query, cancellationToken);
    }

    public ValueTask<IndexPage> QueryIndexAsync(IndexQuery query, CancellationToken cancellationToken) => Up.QueryIndexAsync(query, cancellationToken);

    public async ValueTask<WriteResult> WriteAsync(Write write, CancellationToken cancellationToken)
    {
        Writing = write.Key;
        Written?.Invoke(write.Key);
        if (BeforeWrite is { } interfere)
            await interfere();
        var result = await Up.WriteAsync(write, cancellationToken);
        AfterWrite?.Invoke(write.Key);
        return LooksRefused?.Invoke(write.Key) == true ? new WriteResult(false, null) : result;
    }

    public async ValueTask<TransactionResult> TransactAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        if (BeforeWrite is { } interfere)
            await interfere();
        var result = await Up.TransactAsync(writes, cancellationToken);
        AfterTransaction?.Invoke();
        return result;
    }

    public ValueTask WriteManyAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        BeforeWriteMany?.Invoke();
        return Up.WriteManyAsync(writes, cancellationToken);
    }

    public ValueTask PingAsync(CancellationToken cancellationToken) => Inner.PingAsync(cancellationToken);

    private ITableEngine Up => IsDown ? throw new TableUnavailableException("The table is down.") : Inner;
}
