using Evently.Shared.Storage;
using Evently.Shared.Storage.Rules;

namespace Evently.Testing.Storage;

/// <summary>The versions that recent writes replaced, so that a stale read can be given what it would have seen a moment ago.</summary>
internal sealed class LastVersions
{
    /// <summary>Items remembered; the oldest writes are forgotten first.</summary>
    private const int Kept = 512;

    private readonly Dictionary<ItemKey, Item?> _replaced = [];
    private readonly Queue<ItemKey> _order = new();
    private readonly Lock _gate = new();

    public void Remember(ItemKey key, Item? replaced)
    {
        lock (_gate)
        {
            if (!_replaced.ContainsKey(key))
                _order.Enqueue(key);
            _replaced[key] = replaced;
            if (_order.Count > Kept)
                _replaced.Remove(_order.Dequeue());
        }
    }

    public Item? Rewind(ItemKey key, Item? now)
    {
        lock (_gate)
            return _replaced.TryGetValue(key, out var replaced) ? replaced : now;
    }

    public Page Rewind(Query query, Page now)
    {
        var items = now.Items.ToDictionary(item => item.Key);
        foreach (var (key, replaced) in Snapshot())
        {
            if (replaced is not null && key.Partition == query.Partition && IsOnPage(key.Sort))
                items[key] = replaced;
            else
                items.Remove(key);
        }

        var ordered = items.Values.OrderBy(item => item.Key.Sort, Utf8Order.Instance).ToList();
        if (query.Descending)
            ordered.Reverse();
        return ordered.Count > query.Limit
            ? new Page(ordered[..query.Limit], ordered[query.Limit - 1].Key.Sort)
            : new Page(ordered, now.Next);

        bool IsOnPage(string sort) => SortBounds.IsAboveStart(query.Range, sort) && SortBounds.IsBelowEnd(query.Range, sort)
            && (query.After is null || IsBehind(sort, query.After)) && (now.Next is null || !IsBehind(sort, now.Next));

        bool IsBehind(string sort, string place) => query.Descending ? Utf8Order.Compare(sort, place) < 0 : Utf8Order.Compare(sort, place) > 0;
    }

    /// <summary>The entries as they were. One that moved within the page's partition shows where it was before.</summary>
    public IndexPage Rewind(IndexQuery query, IndexPage now)
    {
        var entries = now.Entries.ToDictionary(entry => entry.Key);
        foreach (var (key, replaced) in Snapshot())
        {
            entries.Remove(key);
            if (replaced is null || replaced[WellKnown.IndexPartition].IsNone || replaced[WellKnown.IndexSort].IsNone)
                continue;
            var entry = new IndexEntry(key, replaced[WellKnown.IndexSort].String);
            if (replaced[WellKnown.IndexPartition].String == query.Partition && IsOnPage(entry))
                entries.Add(key, entry);
        }

        var ordered = entries.Values.Order(IndexOrder.Instance).ToList();
        if (query.Descending)
            ordered.Reverse();
        return ordered.Count > query.Limit
            ? new IndexPage(ordered[..query.Limit], ordered[query.Limit - 1])
            : new IndexPage(ordered, now.Next);

        bool IsOnPage(IndexEntry entry) => SortBounds.IsAboveStart(query.Range, entry.IndexSort) && SortBounds.IsBelowEnd(query.Range, entry.IndexSort)
            && (query.After is null || IsBehind(entry, query.After)) && (now.Next is null || !IsBehind(entry, now.Next));

        bool IsBehind(IndexEntry entry, IndexEntry place) =>
            query.Descending ? IndexOrder.Compare(entry, place) < 0 : IndexOrder.Compare(entry, place) > 0;
    }

    private KeyValuePair<ItemKey, Item?>[] Snapshot()
    {
        lock (_gate)
            return [.. _replaced];
    }
}
