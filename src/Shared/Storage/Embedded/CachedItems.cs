using System.Collections.Concurrent;

namespace Evently.Shared.Storage.Embedded;

/// <summary>
/// Items as the file has them, so that most reads need no statement: one process has the file, and whatever changes an item passes its writer. A reader's
/// own pages are dropped with every commit. What a batch has changed is shown to the batch alone until
/// it is flushed.
/// </summary>
internal sealed class CachedItems : IBatchWatcher
{
    /// <summary>Some 30 MB; those that came first are dropped first.</summary>
    private const int MostItems = 16_384;

    /// <summary>Larger items, such as seat plans, are read once and kept by whoever needs them.</summary>
    private const int LargestBytes = 4_096;

    private readonly ConcurrentDictionary<ItemKey, StoredItem> _items = new();
    private readonly ConcurrentQueue<ItemKey> _order = new();
    private readonly Lock _gate = new();
    private long _batches;

    // The batch under way; the writer's thread only.
    private readonly Dictionary<ItemKey, (StoredItem Item, int Bytes)> _changed = [];
    private bool _isPartlyUndone;

    /// <summary>The moment before a read, for <see cref="Read"/>.</summary>
    public long Moment => Interlocked.Read(ref _batches);

    public bool TryGet(ItemKey key, out StoredItem item) => _items.TryGetValue(key, out item);

    /// <summary>Takes over an item that was read from the file, unless a batch has ended since.</summary>
    /// <param name="bytes">Of its stored form.</param>
    public void Read(ItemKey key, StoredItem item, int bytes, long moment)
    {
        if (bytes > LargestBytes)
            return;
        lock (_gate)
        {
            if (_batches == moment)
                Put(key, item);
        }
    }

    /// <summary>The item as the batch under way sees it; false when only the file can tell. The writer's thread only.</summary>
    public bool TryFind(ItemKey key, out StoredItem item)
    {
        item = default;
        if (_isPartlyUndone)
            return false;
        if (!_changed.TryGetValue(key, out var changed))
            return _items.TryGetValue(key, out item);
        item = changed.Item;
        return true;
    }

    /// <summary>The batch under way has stored the item, or deleted it. The writer's thread only.</summary>
    /// <param name="bytes">Of its stored form.</param>
    public void Change(ItemKey key, StoredItem item, int bytes) => _changed[key] = (item, bytes);

    public void Committed() => End(isKept: !_isPartlyUndone);

    public void RolledBack() => End(isKept: false);

    public void UnitUndone() => _isPartlyUndone = true;

    private void End(bool isKept)
    {
        lock (_gate)
        {
            Interlocked.Increment(ref _batches);
            foreach (var (key, (item, bytes)) in _changed)
            {
                if (isKept && item.Item is not null && bytes <= LargestBytes)
                    Put(key, item);
                else
                    _items.TryRemove(key, out _);
            }
        }

        _changed.Clear();
        _isPartlyUndone = false;
    }

    private void Put(ItemKey key, StoredItem item)
    {
        if (!_items.TryAdd(key, item))
        {
            _items[key] = item;
            return;
        }

        _order.Enqueue(key);
        while (_order.Count > MostItems && _order.TryDequeue(out var oldest))
            _items.TryRemove(oldest, out _);
    }
}
