using System.Diagnostics.CodeAnalysis;

namespace Evently.Booking.Catalog;

/// <summary>Keeps what was used last, bounded by a number of entries and by their total weight. One entry stays however heavy it is.</summary>
internal sealed class LruCache<TKey, TValue>(int maxEntries, long maxWeight, Func<TValue, long> weightOf)
    where TKey : notnull
    where TValue : class
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value)>> _nodes = [];
    private readonly LinkedList<(TKey Key, TValue Value)> _order = new();
    private long _weight;

    public TValue? Find(TKey key)
    {
        lock (_gate)
        {
            if (!_nodes.TryGetValue(key, out var node))
                return null;
            if (node != _order.First)
            {
                _order.Remove(node);
                _order.AddFirst(node);
            }

            return node.Value.Value;
        }
    }

    /// <summary>What the cache has for the key afterwards: the one that was there first.</summary>
    public TValue Add(TKey key, TValue value)
    {
        lock (_gate)
        {
            if (_nodes.TryGetValue(key, out var existing))
                return existing.Value.Value;
            _nodes[key] = _order.AddFirst((key, value));
            _weight += weightOf(value);
            while (_order.Count > 1 && (_order.Count > maxEntries || _weight > maxWeight))
                RemoveLast();
            return value;
        }
    }

    private void RemoveLast()
    {
        var last = _order.Last!;
        _order.RemoveLast();
        _nodes.Remove(last.Value.Key);
        _weight -= weightOf(last.Value.Value);
    }
}
