using Evently.Shared.Storage;

namespace Evently.Testing.Costs;

/// <summary>
/// A table that tells the meter what DynamoDB would bill. Writes are done one at a time, so that the items before and after belong together.
/// </summary>
public sealed class MeteredTable(ITableEngine inner, CostMeter meter) : ITableEngine, IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    public bool IsMetered => true;

    public async ValueTask<Item?> GetAsync(ItemKey key, Consistency consistency, CancellationToken cancellationToken)
    {
        var item = await inner.GetAsync(key, consistency, cancellationToken);
        meter.Read("get", key.Partition, Units.OfRead([item], consistency));
        return item;
    }

    public async ValueTask<IReadOnlyList<Item?>> GetManyAsync(IReadOnlyList<ItemKey> keys, Consistency consistency, CancellationToken cancellationToken)
    {
        var items = await inner.GetManyAsync(keys, consistency, cancellationToken);
        for (var i = 0; i < items.Count; i++)
            meter.Read("get", keys[i].Partition, Units.OfRead([items[i]], consistency));
        return items;
    }

    public async ValueTask<Page> QueryAsync(Query query, CancellationToken cancellationToken)
    {
        var page = await inner.QueryAsync(query, cancellationToken);
        meter.Read("query", query.Partition, Units.OfRead(page.Items, query.Consistency));
        return page;
    }

    public async ValueTask<IndexPage> QueryIndexAsync(IndexQuery query, CancellationToken cancellationToken)
    {
        var page = await inner.QueryIndexAsync(query, cancellationToken);
        meter.Read("query index", query.Partition, Units.OfIndexPage(page));
        return page;
    }

    public async ValueTask<WriteResult> WriteAsync(Write write, CancellationToken cancellationToken)
    {
        WriteResult result = default;
        await MeasureAsync([write], "write", async () => (result = await inner.WriteAsync(write, cancellationToken)).Applied, cancellationToken);
        return result;
    }

    public async ValueTask<TransactionResult> TransactAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        var result = TransactionResult.Success;
        await MeasureAsync(writes, "transaction", async () => (result = await inner.TransactAsync(writes, cancellationToken)).Applied, cancellationToken);
        return result;
    }

    public async ValueTask WriteManyAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken) =>
        await MeasureAsync(
            writes,
            "batch",
            async () =>
            {
                await inner.WriteManyAsync(writes, cancellationToken);
                return true;
            },
            cancellationToken);

    public ValueTask PingAsync(CancellationToken cancellationToken) => inner.PingAsync(cancellationToken);

    public void Dispose() => _turn.Dispose();

    private async Task MeasureAsync(IReadOnlyList<Write> writes, string operation, Func<Task<bool>> apply, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var before = new Item?[writes.Count];
            for (var i = 0; i < before.Length; i++)
                before[i] = await inner.GetAsync(writes[i].Key, Consistency.Strong, cancellationToken);
            var applied = await apply();
            for (var i = 0; i < writes.Count; i++)
            {
                var after = applied ? await inner.GetAsync(writes[i].Key, Consistency.Strong, cancellationToken) : before[i];
                var charges = Units.OfWrite(writes[i].Key, before[i], after, inTransaction: operation == "transaction");
                meter.Written(applied ? operation : operation + ", refused", writes[i].Key, after, charges);
            }
        }
        finally
        {
            _turn.Release();
        }
    }
}
