using System.Collections.Concurrent;
using Evently.Shared.Storage;

namespace Evently.Users.Tests.Driver;

/// <summary>A table whose eventually consistent reads of single items lag while a test wants them to, and that counts reads.</summary>
internal sealed class LateTable(ITableEngine inner) : ITableEngine
{
    private readonly ConcurrentDictionary<ItemKey, Item?> _late = new();
    private int _strongGets;
    private int _eventualGets;

    /// <summary>Of single items.</summary>
    public (int Strong, int Eventual) Gets => (_strongGets, _eventualGets);

    public bool IsMetered => inner.IsMetered;

    /// <summary>From now on the item is read as it is now, unless strongly.</summary>
    public async Task FreezeAsync(ItemKey key) => _late[key] = await inner.GetAsync(key, Consistency.Strong, CancellationToken.None);

    public void Forget() => (_strongGets, _eventualGets) = (0, 0);

    public ValueTask<Item?> GetAsync(ItemKey key, Consistency consistency, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref consistency == Consistency.Strong ? ref _strongGets : ref _eventualGets);
        return consistency == Consistency.Eventual && _late.TryGetValue(key, out var late)
            ? ValueTask.FromResult(late)
            : inner.GetAsync(key, consistency, cancellationToken);
    }

    public ValueTask<IReadOnlyList<Item?>> GetManyAsync(IReadOnlyList<ItemKey> keys, Consistency consistency, CancellationToken cancellationToken) =>
        inner.GetManyAsync(keys, consistency, cancellationToken);

    public ValueTask<Page> QueryAsync(Query query, CancellationToken cancellationToken) => inner.QueryAsync(query, cancellationToken);

    public ValueTask<IndexPage> QueryIndexAsync(IndexQuery query, CancellationToken cancellationToken) => inner.QueryIndexAsync(query, cancellationToken);

    public ValueTask<WriteResult> WriteAsync(Write write, CancellationToken cancellationToken) => inner.WriteAsync(write, cancellationToken);

    public ValueTask<TransactionResult> TransactAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken) =>
        inner.TransactAsync(writes, cancellationToken);

    public ValueTask WriteManyAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken) => inner.WriteManyAsync(writes, cancellationToken);

    public ValueTask PingAsync(CancellationToken cancellationToken) => inner.PingAsync(cancellationToken);
}
