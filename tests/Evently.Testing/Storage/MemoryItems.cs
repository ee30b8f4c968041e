using Evently.Shared.Storage;
using Evently.Shared.Storage.Rules;

namespace Evently.Testing.Storage;

/// <summary>
/// Items by partition in sort order, and the sparse index beside them. Sorted lists: an insert moves what is behind it, which beats a tree for the
/// partition sizes that the table's design allows.
/// </summary>
internal sealed class MemoryItems
{
    private readonly Dictionary<string, List<Item>> _partitions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<IndexEntry>> _index = new(StringComparer.Ordinal);

    public IEnumerable<Item> All => _partitions.Values.SelectMany(items => items);

    public Item? Get(ItemKey key)
    {
        if (!_partitions.TryGetValue(key.Partition, out var items))
            return null;
        var at = PlaceOf(items, key);
        return IsAt(items, at, key) ? items[at] : null;
    }

    public void Store(ItemKey key, Item? next)
    {
        if (!_partitions.TryGetValue(key.Partition, out var items))
            _partitions.Add(key.Partition, items = []);
        var at = PlaceOf(items, key);
        if (IsAt(items, at, key))
        {
            Unindex(items[at]);
            items.RemoveAt(at);
        }

        if (next is not null)
        {
            items.Insert(at, next);
            Index(next);
        }

        if (items.Count == 0)
            _partitions.Remove(key.Partition);
    }

    public Page Query(Query query)
    {
        if (!_partitions.TryGetValue(query.Partition, out var items))
            return new Page([], null);
        var found = new List<Item>();
        var bytes = 0;
        foreach (var item in Between(items, item => IsAboveStart(item, query), item => IsBelowEnd(item, query), query.Descending))
        {
            if (found.Count == query.Limit || bytes >= TableLimits.PageBytes)
                return new Page(found, found[^1].Key.Sort);
            bytes += ItemSize.Of(item);
            found.Add(item);
        }

        return new Page(found, null);
    }

    public IndexPage Query(IndexQuery query)
    {
        if (!_index.TryGetValue(query.Partition, out var entries))
            return new IndexPage([], null);
        var found = new List<IndexEntry>();
        foreach (var entry in Between(entries, entry => IsAboveStart(entry, query), entry => IsBelowEnd(entry, query), query.Descending))
        {
            if (found.Count == query.Limit)
                return new IndexPage(found, found[^1]);
            found.Add(entry);
        }

        return new IndexPage(found, null);
    }

    public int Sweep(long now, int max)
    {
        var expired = new List<ItemKey>();
        foreach (var items in _partitions.Values)
        {
            foreach (var item in items)
            {
                if (expired.Count < max && item[WellKnown.TimeToLive] is { IsNone: false } ttl && ttl.Number < now)
                    expired.Add(item.Key);
            }
        }

        foreach (var key in expired)
            Store(key, null);
        return expired.Count;
    }

    private static bool IsAboveStart(Item item, Query query) =>
        SortBounds.IsAboveStart(query.Range, item.Key.Sort)
        && (query.Descending || query.After is null || Utf8Order.Compare(item.Key.Sort, query.After) > 0);

    private static bool IsBelowEnd(Item item, Query query) =>
        SortBounds.IsBelowEnd(query.Range, item.Key.Sort)
        && (!query.Descending || query.After is null || Utf8Order.Compare(item.Key.Sort, query.After) < 0);

    private static bool IsAboveStart(IndexEntry entry, IndexQuery query) =>
        SortBounds.IsAboveStart(query.Range, entry.IndexSort) && (query.Descending || query.After is null || IndexOrder.Compare(entry, query.After) > 0);

    private static bool IsBelowEnd(IndexEntry entry, IndexQuery query) =>
        SortBounds.IsBelowEnd(query.Range, entry.IndexSort) && (!query.Descending || query.After is null || IndexOrder.Compare(entry, query.After) < 0);

    private static IEnumerable<T> Between<T>(List<T> sorted, Func<T, bool> isAboveStart, Func<T, bool> isBelowEnd, bool descending)
    {
        if (descending)
        {
            for (var i = FirstWhere(sorted, row => !isBelowEnd(row)) - 1; i >= 0 && isAboveStart(sorted[i]); i--)
                yield return sorted[i];
        }
        else
        {
            for (var i = FirstWhere(sorted, isAboveStart); i < sorted.Count && isBelowEnd(sorted[i]); i++)
                yield return sorted[i];
        }
    }

    /// <summary>The first place where the condition holds; it must hold everywhere behind it too.</summary>
    private static int FirstWhere<T>(List<T> sorted, Func<T, bool> holds)
    {
        var (low, high) = (0, sorted.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = holds(sorted[middle]) ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    private static int PlaceOf(List<Item> items, ItemKey key) => FirstWhere(items, item => Utf8Order.Compare(item.Key.Sort, key.Sort) >= 0);

    private static bool IsAt(List<Item> items, int at, ItemKey key) => at < items.Count && string.Equals(items[at].Key.Sort, key.Sort, StringComparison.Ordinal);

    private static int PlaceOf(List<IndexEntry> entries, IndexEntry entry) => FirstWhere(entries, other => IndexOrder.Compare(other, entry) >= 0);

    private static IndexEntry? EntryOf(Item item) =>
        item.Has(WellKnown.IndexPartition) && item.Has(WellKnown.IndexSort) ? new IndexEntry(item.Key, item[WellKnown.IndexSort].String) : null;

    private void Index(Item item)
    {
        if (EntryOf(item) is not { } entry)
            return;
        var partition = item[WellKnown.IndexPartition].String;
        if (!_index.TryGetValue(partition, out var entries))
            _index.Add(partition, entries = []);
        entries.Insert(PlaceOf(entries, entry), entry);
    }

    private void Unindex(Item item)
    {
        if (EntryOf(item) is not { } entry)
            return;
        var partition = item[WellKnown.IndexPartition].String;
        var entries = _index[partition];
        entries.RemoveAt(PlaceOf(entries, entry));
        if (entries.Count == 0)
            _index.Remove(partition);
    }
}
