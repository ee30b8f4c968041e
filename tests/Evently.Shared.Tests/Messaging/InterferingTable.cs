using Evently.Shared.Storage;

namespace Evently.Shared.Tests.Messaging;

/// <summary>Lets a test act between what a handler read and what it commits.</summary>
internal sealed class InterferingTable(ITableEngine inner) : ITableEngine
{
    public ITableEngine Inner { get; } = inner;

    public Func<Task>? BeforeWrite { get; set; }

    public ValueTask<Item?> GetAsync(ItemKey key, Consistency consistency, CancellationToken cancellationToken) => Inner.GetAsync(key, consistency, cancellationToken);

    public ValueTask<IReadOnlyList<Item?>> GetManyAsync(IReadOnlyList<ItemKey> keys, Consistency consistency, CancellationToken cancellationToken) =>
        Inner.GetManyAsync(keys, consistency, cancellationToken);

    public ValueTask<Page> QueryAsync(Query query, CancellationToken cancellationToken) => Inner.QueryAsync(query, cancellationToken);

    public ValueTask<IndexPage> QueryIndexAsync(IndexQuery query, CancellationToken cancellationToken) => Inner.QueryIndexAsync(query, cancellationToken);

    public async ValueTask<WriteResult> WriteAsync(Write write, CancellationToken cancellationToken)
    {
        if (BeforeWrite is { } interfere)
            await interfere();
        return await Inner.WriteAsync(write, cancellationToken);
    }

    public async ValueTask<TransactionResult> TransactAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        if (BeforeWrite is { } interfere)
            await interfere();
        return await Inner.TransactAsync(writes, cancellationToken);
    }

    public ValueTask WriteManyAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken) => Inner.WriteManyAsync(writes, cancellationToken);

    public ValueTask PingAsync(CancellationToken cancellationToken) => Inner.PingAsync(cancellationToken);
}
