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
    /// <summary>Watched instances that one page goes past because they are not due.</summary>
    private const int MostPassed = 2_000;

    private readonly ModuleTable<TModule> _table;
    private readonly SagaItems<TSaga> _items;
    private readonly SagasInHand<TSaga> _inHand;
    private readonly ISagaGuard<TSaga> _guard;
    private readonly UnreadableItems _unreadable;

    internal SagaTable(ModuleTable<TModule> table, SagaItems<TSaga> items, SagasInHand<TSaga> inHand, ISagaGuard<TSaga> guard, UnreadableItems unreadable) =>
        (_table, _items, _inHand, _guard, _unreadable) = (table, items, inHand, guard, unreadable);

    /// <summary>An id for an instance that this process is about to insert. Any other id will do, at a higher price.</summary>
    public ValueTask<Guid> NextIdAsync() => _guard.NextIdAsync();

    /// <summary>Strongly consistent; null when there is none, an <see cref="UnreadableItemException"/> when it can't be read.</summary>
    public async ValueTask<TSaga?> LoadAsync(Guid correlationId, CancellationToken cancellationToken)
    {
        if (await _table.GetAsync(_items.KeyOf(correlationId), Consistency.Strong, cancellationToken) is not { } item)
            return null;
        var saga = _unreadable.Read(item, _items.Read);
        _inHand.Put(correlationId, item);
        return saga;
    }

    /// <summary>
    /// The instance as this process last read or saved it, without a read; null when that is forgotten. It was so at some moment, and another process may have
    /// gone on from there: right for a step, whose commit finds that out, and for an answer that only needs to be later than <paramref name="laterThan"/>.
    /// </summary>
    /// <param name="laterThan">Null for an earlier version, and for this one.</param>
    public TSaga? Recall(Guid correlationId, int laterThan = 0) =>
        _inHand.Peek(correlationId) is { } item && _unreadable.TryRead(item, _items.Read) is { } saga && saga.Version > laterThan ? saga : null;

    /// <summary>In the order of <paramref name="correlationIds"/>, null where absent or unreadable; any number.</summary>
    public async ValueTask<IReadOnlyList<TSaga?>> LoadManyAsync(IReadOnlyList<Guid> correlationIds, Consistency consistency, CancellationToken cancellationToken) =>
        [.. (await ReadManyAsync(correlationIds, consistency, cancellationToken)).Select(read => read.Saga)];

    /// <summary>As <see cref="LoadManyAsync"/>, and says which of them are there and can't be read.</summary>
    public async ValueTask<IReadOnlyList<SagaRead<TSaga>>> ReadManyAsync(
        IReadOnlyList<Guid> correlationIds, Consistency consistency, CancellationToken cancellationToken)
    {
        var items = await ReadItemsAsync(correlationIds, consistency, cancellationToken);
        return [.. correlationIds.Select(id => Read(id, items.GetValueOrDefault(id)))];
    }

    /// <summary>Inserts a new instance (version 1, due index entry), guarded by the key's absence. False when the key is taken.</summary>
    public async ValueTask<bool> InsertAsync(TSaga saga, CancellationToken cancellationToken)
    {
        var insert = InsertWrite(saga);
        var isApplied = await _guard.CommitAsync(
            saga, _items.Store.DueAt(saga), sending: [], async () => (await _table.WriteAsync(insert, cancellationToken)).Applied);
        if (isApplied)
            Inserted(insert);
        return isApplied;
    }

    /// <summary>
    /// The insert as a write, for a transaction that does more at once, on a table that is not metered; <see cref="Inserted"/> is to be told when it was applied.
    /// </summary>
    public Write.PutWrite InsertWrite(TSaga saga) => _items.Insert(saga);

    /// <summary>What <see cref="InsertWrite"/> made is in the table.</summary>
    public void Inserted(Write.PutWrite insert)
    {
        ArgumentNullException.ThrowIfNull(insert);
        _inHand.Put(_items.Store.CorrelationIdOf(insert.Key), new Item(insert.Key, insert.Attributes));
    }

    /// <summary>
    /// A page of the instances whose due time is at or before <paramref name="dueBy"/>: those of the due index, of all shards together, earliest first
    /// (eventually consistent), and then, where the table is metered, those that are watched, in no order. A page may be short and still have a next one.
    /// </summary>
    /// <param name="limit">At most <see cref="TableLimits.PageItems"/>.</param>
    /// <param name="after">The end of the page before, or null.</param>
    public async ValueTask<SagaPage<TSaga>> ReadDueAsync(DateTimeOffset dueBy, int limit, string? after, CancellationToken cancellationToken)
    {
        if (after is null || SagaItems<TSaga>.IsDuePlace(after))
        {
            var (ids, next) = await ReadIndexAsync(dueBy, limit, after, cancellationToken);
            var items = await ReadItemsAsync(ids, Consistency.Strong, cancellationToken);
            if (ids.Count > 0 || _guard.AreIndexed)
            {
                var end = next is null && !_guard.AreIndexed ? WatchPages.FirstPlace : next;
                return new SagaPage<TSaga>([.. ids.Where(items.ContainsKey).Select(id => Read(id, items[id]))], end);
            }
        }

        return await ReadWatchedAsync(dueBy, limit, after is null || SagaItems<TSaga>.IsDuePlace(after) ? WatchPages.FirstPlace : after, cancellationToken);
    }

    /// <summary>Whether the text is one that <see cref="ReadDueAsync"/> gave.</summary>
    public static bool IsDuePlace(string after) => SagaItems<TSaga>.IsDuePlace(after) || after == WatchPages.FirstPlace || WatchPages.IsPlace(after);

    /// <summary>Goes past those that are not due, up to <see cref="MostPassed"/>, so that the few that are come in few pages.</summary>
    private async ValueTask<SagaPage<TSaga>> ReadWatchedAsync(DateTimeOffset dueBy, int limit, string after, CancellationToken cancellationToken)
    {
        for (var passed = 0; ; passed += limit)
        {
            var (ids, next) = await _guard.ReadAsync(limit, after, cancellationToken);
            var items = await ReadItemsAsync(ids, Consistency.Strong, cancellationToken);
            var due = ids.Where(id => items.TryGetValue(id, out var item) && !item.Has(WellKnown.IndexPartition))
                .Select(id => Read(id, items[id]))
                .Where(read => read.Saga is not { } saga || _items.Store.DueAt(saga) <= dueBy)
                .ToList();
            if (due.Count > 0 || next is null || passed >= MostPassed)
                return new SagaPage<TSaga>(due, next);
            after = next;
        }
    }

    private async ValueTask<(IReadOnlyList<Guid> Ids, string? Next)> ReadIndexAsync(
        DateTimeOffset dueBy, int limit, string? after, CancellationToken cancellationToken)
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
        return (entries.ConvertAll(entry => _items.Store.CorrelationIdOf(entry.Key)), isMore ? entries[^1].IndexSort : null);
    }

    private async ValueTask<Dictionary<Guid, Item>> ReadItemsAsync(IReadOnlyList<Guid> ids, Consistency consistency, CancellationToken cancellationToken)
    {
        var found = new Dictionary<Guid, Item>();
        foreach (var chunk in ids.Distinct().Chunk(TableLimits.BatchGetKeys))
        {
            var items = await _table.GetManyAsync([.. chunk.Select(_items.KeyOf)], consistency, cancellationToken);
            for (var i = 0; i < chunk.Length; i++)
            {
                if (items[i] is { } item)
                    found[chunk[i]] = item;
            }
        }

        return found;
    }

    private SagaRead<TSaga> Read(Guid id, Item? item) => item switch
    {
        null => new(id, null, null),
        _ => _unreadable.TryRead(item, _items.Read) is { } saga ? new(id, saga, null) : new(id, null, item.Key),
    };
}

/// <param name="Sagas">Those that are there, readable or not.</param>
/// <param name="Next">Where the next page begins; null when there is none.</param>
public sealed record SagaPage<TSaga>(IReadOnlyList<SagaRead<TSaga>> Sagas, string? Next)
    where TSaga : class;

/// <summary>One of many instances that were asked for.</summary>
/// <param name="Saga">Null when there is none, or when it can't be read.</param>
/// <param name="Unreadable">Its key when it is there and can't be read.</param>
public readonly record struct SagaRead<TSaga>(Guid CorrelationId, TSaga? Saga, ItemKey? Unreadable)
    where TSaga : class;
