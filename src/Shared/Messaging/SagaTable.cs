using Evently.Shared.Messaging.Sagas;
using Evently.Shared.Modules;
using Evently.Shared.Storage;

namespace Evently.Shared.Messaging;

/// <summary>
/// Reads and first inserts of saga instances outside of the state machine: endpoints, support and audits. Changes go through messages to the
/// state machine only.
/// </summary>
public sealed class SagaTable<TModule, TSaga>
    where TModule : IModule
    where TSaga : class, IVersionedSaga
{
    private readonly ModuleTable<TModule> _table;
    private readonly SagaItems<TSaga> _items;
    private readonly SagasInHand<TSaga> _inHand;
    private readonly UnreadableItems _unreadable;

    internal SagaTable(ModuleTable<TModule> table, SagaItems<TSaga> items, SagasInHand<TSaga> inHand, UnreadableItems unreadable) =>
        (_table, _items, _inHand, _unreadable) = (table, items, inHand, unreadable);

    /// <summary>Strongly consistent; null when there is none, an <see cref="UnreadableItemException"/> when it can't be read.</summary>
    public async ValueTask<TSaga?> LoadAsync(Guid correlationId, CancellationToken cancellationToken)
    {
        if (await _table.GetAsync(_items.KeyOf(correlationId), Consistency.Strong, cancellationToken) is not { } item)
            return null;
        var saga = _unreadable.Read(item, _items.Read);
        _inHand.Put(correlationId, item);
        return saga;
    }

    /// <summary>In the order of <paramref name="correlationIds"/>, null where absent or unreadable; any number.</summary>
    public async ValueTask<IReadOnlyList<TSaga?>> LoadManyAsync(IReadOnlyList<Guid> correlationIds, Consistency consistency, CancellationToken cancellationToken) =>
        [.. (await ReadManyAsync(correlationIds, consistency, cancellationToken)).Select(read => read.Saga)];

    /// <summary>As <see cref="LoadManyAsync"/>, and says which of them are there and can't be read.</summary>
    public async ValueTask<IReadOnlyList<SagaRead<TSaga>>> ReadManyAsync(
        IReadOnlyList<Guid> correlationIds, Consistency consistency, CancellationToken cancellationToken)
    {
        var found = new Dictionary<Guid, SagaRead<TSaga>>();
        foreach (var chunk in correlationIds.Distinct().Chunk(TableLimits.BatchGetKeys))
        {
            var items = await _table.GetManyAsync([.. chunk.Select(_items.KeyOf)], consistency, cancellationToken);
            for (var i = 0; i < chunk.Length; i++)
            {
                if (items[i] is { } item)
                    found[chunk[i]] = _unreadable.TryRead(item, _items.Read) is { } saga ? new(chunk[i], saga, null) : new(chunk[i], null, item.Key);
            }
        }

        return [.. correlationIds.Select(id => found.GetValueOrDefault(id, new SagaRead<TSaga>(id, null, null)))];
    }

    /// <summary>Inserts a new instance (version 1, due index entry), guarded by the key's absence. False when the key is taken.</summary>
    public async ValueTask<bool> InsertAsync(TSaga saga, CancellationToken cancellationToken)
    {
        var insert = InsertWrite(saga);
        if (!(await _table.WriteAsync(insert, cancellationToken)).Applied)
            return false;
        Inserted(insert);
        return true;
    }

    /// <summary>The insert as a write, for a transaction that does more at once; <see cref="Inserted"/> is to be told when it was applied.</summary>
    public Write.PutWrite InsertWrite(TSaga saga) => _items.Insert(saga);

    /// <summary>What <see cref="InsertWrite"/> made is in the _table.</summary>
    public void Inserted(Write.PutWrite insert)
    {
        ArgumentNullException.ThrowIfNull(insert);
        _inHand.Put(_items.Store.CorrelationIdOf(insert.Key), new Item(insert.Key, insert.Attributes));
    }

    /// <summary>A page of the instances whose due time is at or before <paramref name="dueBy"/>, of all shards together, earliest first (eventually consistent).</summary>
    /// <param name="limit">At most <see cref="TableLimits.PageItems"/>.</param>
    /// <param name="after">The end of the page before, or null.</param>
    public async ValueTask<DuePage> ReadDueAsync(DateTimeOffset dueBy, int limit, string? after, CancellationToken cancellationToken)
    {
        var start = after is null ? null : _items.EntryOf(after);
        var found = new List<IndexEntry>();
        var isMore = false;
        for (var shard = 0; shard < SagaItems<TSaga>.DueShards; shard++)
        {
            var query = new IndexQuery(_items.DuePartition(shard), SagaItems<TSaga>.DueBy(dueBy), limit, After: start);
            var taken = 0;
            do
            {
                var page = await _table.QueryIndexAsync(query with { Limit = limit - taken }, cancellationToken);
                found.AddRange(page.Entries);
                taken += page.Entries.Count;
                query = query with { After = page.Next };
            }
            while (query.After is not null && taken < limit);
            isMore |= query.After is not null;
        }

        found.Sort(static (one, other) => string.CompareOrdinal(one.IndexSort, other.IndexSort));
        isMore |= found.Count > limit;
        var entries = found.Take(limit).ToList();
        return new DuePage(entries.ConvertAll(entry => _items.Store.CorrelationIdOf(entry.Key)), isMore ? entries[^1].IndexSort : null);
    }

    /// <summary>Whether the text is one that <see cref="ReadDueAsync"/> gave.</summary>
    public static bool IsDuePlace(string after) => SagaItems<TSaga>.IsDuePlace(after);
}

/// <param name="Ids">By due time.</param>
/// <param name="Next">Where the next page begins; null when there is none.</param>
public sealed record DuePage(IReadOnlyList<Guid> Ids, string? Next);

/// <summary>One of many instances that were asked for.</summary>
/// <param name="Saga">Null when there is none, or when it can't be read.</param>
/// <param name="Unreadable">Its key when it is there and can't be read.</param>
public readonly record struct SagaRead<TSaga>(Guid CorrelationId, TSaga? Saga, ItemKey? Unreadable)
    where TSaga : class;
