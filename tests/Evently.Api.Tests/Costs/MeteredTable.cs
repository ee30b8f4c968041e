using Evently.Shared.Storage;

namespace Evently.Api.Tests.Costs;

/// <summary>A table that tells the meter what DynamoDB would bill. Writes are done one at a time, so that the items before and after belong together.</summary>
public sealed class MeteredTable(ITableEngine inner, CostMeter meter) : ITableEngine, IDisposable
{
    private const int IndexEntryBytes = 100;
    private readonly SemaphoreSlim _turn = new(1, 1);

    public bool IsMetered => true;

    public async ValueTask<Item?> GetAsync(ItemKey key, Consistency consistency, CancellationToken cancellationToken)
    {
        var item = await inner.GetAsync(key, consistency, cancellationToken);
        meter.Read([item], consistency);
        return item;
    }

    public async ValueTask<IReadOnlyList<Item?>> GetManyAsync(IReadOnlyList<ItemKey> keys, Consistency consistency, CancellationToken cancellationToken)
    {
        var items = await inner.GetManyAsync(keys, consistency, cancellationToken);
        foreach (var item in items)
            meter.Read([item], consistency);
        return items;
    }

    public async ValueTask<Page> QueryAsync(Query query, CancellationToken cancellationToken)
    {
        var page = await inner.QueryAsync(query, cancellationToken);
        meter.Read(page.Items, query.Consistency);
        return page;
    }

    public async ValueTask<IndexPage> QueryIndexAsync(IndexQuery query, CancellationToken cancellationToken)
    {
        var page = await inner.QueryIndexAsync(query, cancellationToken);
        meter.ReadBytes(page.Entries.Count * IndexEntryBytes, Consistency.Eventual);
        return page;
    }

    public async ValueTask<WriteResult> WriteAsync(Write write, CancellationToken cancellationToken)
    {
        WriteResult result = default;
        await MeasureAsync([write], inTransaction: false, async () => result = await inner.WriteAsync(write, cancellationToken), cancellationToken);
        return result;
    }

    public async ValueTask<TransactionResult> TransactAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        var result = TransactionResult.Success;
        await MeasureAsync(writes, inTransaction: true, async () => result = await inner.TransactAsync(writes, cancellationToken), cancellationToken);
        return result;
    }

    public async ValueTask WriteManyAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken) =>
        await MeasureAsync(writes, inTransaction: false, async () => await inner.WriteManyAsync(writes, cancellationToken), cancellationToken);

    public ValueTask PingAsync(CancellationToken cancellationToken) => inner.PingAsync(cancellationToken);

    public void Dispose() => _turn.Dispose();

    private async Task MeasureAsync(IReadOnlyList<Write> writes, bool inTransaction, Func<Task> apply, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var before = await ItemsAsync(writes, cancellationToken);
            await apply();
            var after = await ItemsAsync(writes, cancellationToken);
            for (var i = 0; i < writes.Count; i++)
                meter.Written(writes[i].Key, before[i], after[i], inTransaction);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async ValueTask<Item?[]> ItemsAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        var items = new Item?[writes.Count];
        for (var i = 0; i < items.Length; i++)
            items[i] = await inner.GetAsync(writes[i].Key, Consistency.Strong, cancellationToken);
        return items;
    }
}
