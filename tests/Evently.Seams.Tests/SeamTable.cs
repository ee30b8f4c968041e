using Evently.Shared.Storage;

namespace Evently.Seams.Tests;

/// <summary>The table as one process sees it. What loops ask again and again is no seam of anything: outboxes, the index of what is due, signs of life.</summary>
internal sealed class SeamTable(ITableEngine inner, Seam seam) : ITableEngine
{
    private const string Instances = "MESSAGING#INSTANCES";

    public bool IsMetered => inner.IsMetered;

    public ValueTask<Item?> GetAsync(ItemKey key, Consistency consistency, CancellationToken cancellationToken) =>
        seam.CallAsync(() => inner.GetAsync(key, consistency, cancellationToken));

    public ValueTask<IReadOnlyList<Item?>> GetManyAsync(IReadOnlyList<ItemKey> keys, Consistency consistency, CancellationToken cancellationToken) =>
        seam.CallAsync(() => inner.GetManyAsync(keys, consistency, cancellationToken));

    public ValueTask<Page> QueryAsync(Query query, CancellationToken cancellationToken) => IsLoops(query.Partition)
        ? inner.QueryAsync(query, cancellationToken)
        : seam.CallAsync(() => inner.QueryAsync(query, cancellationToken));

    public ValueTask<IndexPage> QueryIndexAsync(IndexQuery query, CancellationToken cancellationToken) => inner.QueryIndexAsync(query, cancellationToken);

    public ValueTask<WriteResult> WriteAsync(Write write, CancellationToken cancellationToken) => write.Key.Partition is Instances
        ? inner.WriteAsync(write, cancellationToken)
        : seam.CallAsync(() => inner.WriteAsync(write, cancellationToken));

    public ValueTask<TransactionResult> TransactAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken) =>
        seam.CallAsync(() => inner.TransactAsync(writes, cancellationToken));

    public async ValueTask WriteManyAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken) => await seam.CallAsync(async () =>
    {
        await inner.WriteManyAsync(writes, cancellationToken);
        return true;
    });

    public ValueTask PingAsync(CancellationToken cancellationToken) => inner.PingAsync(cancellationToken);

    private static bool IsLoops(string partition) => partition is Instances || partition.Contains("#OUT#", StringComparison.Ordinal);
}
