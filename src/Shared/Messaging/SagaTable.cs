using Evently.Shared.Messaging.Sagas;
using Evently.Shared.Modules;
using Evently.Shared.Storage;

namespace Evently.Shared.Messaging;

/// <summary>
/// Reads and first inserts of saga instances outside of the state machine: endpoints, support and audits. Changes go through messages to the
/// state machine only.
/// </summary>
public sealed class SagaTable<TModule, TSaga>(ModuleTable<TModule> table, ISagaStore<TSaga> store)
    where TModule : IModule
    where TSaga : class, IVersionedSaga
{
    private readonly SagaItems<TSaga> _items = new(TModule.KeyPrefix, store);

    /// <summary>Strongly consistent; null when there is none.</summary>
    public async ValueTask<TSaga?> LoadAsync(Guid correlationId, CancellationToken cancellationToken) =>
        await table.GetAsync(_items.KeyOf(correlationId), Consistency.Strong, cancellationToken) is { } item ? _items.Read(item) : null;

    /// <summary>In the order of <paramref name="correlationIds"/>, null where absent; any number.</summary>
    public async ValueTask<IReadOnlyList<TSaga?>> LoadManyAsync(IReadOnlyList<Guid> correlationIds, Consistency consistency, CancellationToken cancellationToken)
    {
        var found = new Dictionary<Guid, TSaga>();
        foreach (var chunk in correlationIds.Distinct().Chunk(TableLimits.BatchGetKeys))
        {
            var items = await table.GetManyAsync([.. chunk.Select(_items.KeyOf)], consistency, cancellationToken);
            for (var i = 0; i < chunk.Length; i++)
            {
                if (items[i] is { } item)
                    found[chunk[i]] = _items.Read(item);
            }
        }

        return [.. correlationIds.Select(id => found.GetValueOrDefault(id))];
    }

    /// <summary>Inserts a new instance (version 1, due index entry), guarded by the key's absence. False when the key is taken.</summary>
    public async ValueTask<bool> InsertAsync(TSaga saga, CancellationToken cancellationToken) =>
        (await table.WriteAsync(_items.Insert(saga), cancellationToken)).Applied;

    /// <summary>The insert as a write, for a unit of work that does more at once.</summary>
    public Write InsertWrite(TSaga saga) => _items.Insert(saga);

    /// <summary>Instances whose due time is at or before <paramref name="dueBy"/>, earliest first within a shard, at most <paramref name="limit"/>.</summary>
    public async ValueTask<IReadOnlyList<Guid>> ListDueAsync(DateTimeOffset dueBy, int limit, CancellationToken cancellationToken)
    {
        var due = new List<Guid>();
        for (var shard = 0; shard < SagaItems<TSaga>.DueShards; shard++)
        {
            IndexEntry? after = null;
            while (due.Count < limit)
            {
                var page = await table.QueryIndexAsync(
                    new IndexQuery(_items.DuePartition(shard), SagaItems<TSaga>.DueBy(dueBy), Math.Min(limit - due.Count, TableLimits.PageItems), After: after),
                    cancellationToken);
                due.AddRange(page.Entries.Select(entry => store.CorrelationIdOf(entry.Key)));
                after = page.Next;
                if (after is null)
                    break;
            }
        }

        return due;
    }
}
