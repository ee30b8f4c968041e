using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Evently.Shared.Storage.DynamoDb;
using Evently.Testing.Costs;
using Evently.Testing.Storage;

namespace Evently.Testing.Partitions;

/// <summary>
/// A table in memory that answers as late as DynamoDB and refuses as often: by partition, by table and by transactions that meet. What is refused is tried
/// again with the product's own pauses and given up with its own exceptions. Where time is virtual and one thread runs, one seed gives one run.
/// </summary>
/// <param name="inner">In front of <paramref name="stored"/>, such as a <see cref="MeteredTable"/>.</param>
public sealed class PartitionedTable(
    ITableEngine inner, MemoryTableEngine stored, CostMeter meter, TimeProvider time, IdGenerator ids, Random random) : ITableEngine
{
    private const int BatchWriteItems = 25;
    private const int ParallelBatches = 4;
    private readonly TableMetrics _metrics = new(new NoMeters());
    private TablePartitions? _partitions;
    private Latencies? _latencies;
    private long _began;

    /// <summary>Calls that were given up when their retry budget was spent.</summary>
    public int GivenUp { get; private set; }

    /// <summary>From now on calls take time and units; before, the table serves at once.</summary>
    public TablePartitions Begin(Latencies latencies, Throughput throughput)
    {
        _began = time.GetTimestamp();
        _latencies = latencies;
        return _partitions = new TablePartitions(throughput);
    }

    public bool IsMetered => true;

    public async ValueTask<Item?> GetAsync(ItemKey key, Consistency consistency, CancellationToken cancellationToken)
    {
        meter.Enter();
        return await ServeAsync(
            _latencies?.Read,
            async () => TryRead(key.Partition, isIndex: false, Units.OfRead([await PeekAsync(key)], consistency)),
            () => inner.GetAsync(key, consistency, cancellationToken),
            cancellationToken);
    }

    public async ValueTask<IReadOnlyList<Item?>> GetManyAsync(IReadOnlyList<ItemKey> keys, Consistency consistency, CancellationToken cancellationToken)
    {
        meter.Enter();
        return await ServeAsync(
            _latencies?.Query,
            async () =>
            {
                var charges = new List<Charge>(keys.Count);
                foreach (var key in keys)
                    charges.Add(new Charge(key.Partition, IsIndex: false, Units.OfRead([await PeekAsync(key)], consistency)));
                return _partitions?.TryServe(charges, isRead: true, Now);
            },
            () => inner.GetManyAsync(keys, consistency, cancellationToken),
            cancellationToken);
    }

    public async ValueTask<Page> QueryAsync(Query query, CancellationToken cancellationToken)
    {
        meter.Enter();
        return await ServeAsync(
            _latencies?.Query,
            async () => TryRead(query.Partition, isIndex: false, Units.OfRead((await stored.QueryAsync(query, cancellationToken)).Items, query.Consistency)),
            () => inner.QueryAsync(query, cancellationToken),
            cancellationToken);
    }

    public async ValueTask<IndexPage> QueryIndexAsync(IndexQuery query, CancellationToken cancellationToken)
    {
        meter.Enter();
        return await ServeAsync(
            _latencies?.Query,
            async () => TryRead(query.Partition, isIndex: true, Units.OfIndexPage(await stored.QueryIndexAsync(query, cancellationToken))),
            () => inner.QueryIndexAsync(query, cancellationToken),
            cancellationToken);
    }

    public async ValueTask<WriteResult> WriteAsync(Write write, CancellationToken cancellationToken)
    {
        meter.Enter();
        return await ServeAsync(
            _latencies?.Write,
            () => TryWriteAsync([write], inTransaction: false),
            () => inner.WriteAsync(write, CancellationToken.None),
            cancellationToken);
    }

    public async ValueTask<TransactionResult> TransactAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        meter.Enter();
        return await ServeAsync(
            _latencies?.Transaction / 2,
            () => TryWriteAsync(writes, inTransaction: true),
            async () =>
            {
                await PassAsync(_latencies?.Transaction / 2);
                _partitions?.End(writes);
                return await inner.TransactAsync(writes, CancellationToken.None);
            },
            cancellationToken);
    }

    public async ValueTask WriteManyAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        meter.Enter();
        foreach (var batches in writes.Chunk(BatchWriteItems).Chunk(ParallelBatches))
            await Task.WhenAll(batches.Select(batch => WriteBatchAsync([.. batch], cancellationToken)));
    }

    public ValueTask PingAsync(CancellationToken cancellationToken) => inner.PingAsync(cancellationToken);

    private TimeSpan Now => time.GetElapsedTime(_began);

    private ValueTask<Item?> PeekAsync(ItemKey key) => stored.GetAsync(key, Consistency.Strong, CancellationToken.None);

    private string? TryRead(string partition, bool isIndex, decimal units) => _partitions?.TryServe([new Charge(partition, isIndex, units)], isRead: true, Now);

    private async ValueTask<string?> TryWriteAsync(IReadOnlyList<Write> writes, bool inTransaction)
    {
        if (_partitions is not { } partitions)
            return null;
        if (partitions.TryEnter(writes, inTransaction) is { } conflict)
            return conflict;
        var charges = new List<Charge>(writes.Count);
        foreach (var write in writes)
        {
            var before = await PeekAsync(write.Key);
            charges.AddRange(Units.OfWrite(write.Key, before, Units.After(write, before), inTransaction));
        }

        var refusal = partitions.TryServe(charges, isRead: false, Now);
        if (refusal is not null && inTransaction)
            partitions.End(writes);
        return refusal;
    }

    /// <summary>Item by item, as DynamoDB serves a batch: what is refused is left over and tried again.</summary>
    private async Task WriteBatchAsync(List<Write> left, CancellationToken cancellationToken)
    {
        var budget = new RetryBudget(time, ids, _metrics);
        while (true)
        {
            await PassAsync(_latencies?.Batch);
            var refused = new List<Write>();
            var served = new List<Write>();
            foreach (var write in left)
                (await TryWriteAsync([write], inTransaction: false) is null ? served : refused).Add(write);
            if (served.Count > 0)
                await inner.WriteManyAsync(served, CancellationToken.None);
            if (refused.Count == 0)
                return;
            left = refused;
            await WaitAsync(budget, $"{refused.Count} items were not written within the retry budget.", cancellationToken);
        }
    }

    private async ValueTask<T> ServeAsync<T>(TimeSpan? latency, Func<ValueTask<string?>> ask, Func<ValueTask<T>> apply, CancellationToken cancellationToken)
    {
        var budget = new RetryBudget(time, ids, _metrics);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await PassAsync(latency / 2);
            if (await ask() is not { } refusal)
            {
                var result = await apply();
                await PassAsync(latency / 2);
                return result;
            }

            await PassAsync(latency / 2);
            await WaitAsync(budget, refusal, cancellationToken);
        }
    }

    private async ValueTask WaitAsync(RetryBudget budget, string refusal, CancellationToken cancellationToken)
    {
        var failure = new TableThrottledException(refusal);
        if (await budget.TryWaitAsync(failure, cancellationToken))
            return;
        GivenUp++;
        throw failure;
    }

    private Task PassAsync(TimeSpan? latency) => latency is { } usual
        ? Task.Delay(usual * (0.5 + random.NextDouble()), time, CancellationToken.None)
        : Task.CompletedTask;

    private sealed class NoMeters : System.Diagnostics.Metrics.IMeterFactory
    {
        public System.Diagnostics.Metrics.Meter Create(System.Diagnostics.Metrics.MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
