using System.Collections.Concurrent;
using Evently.Shared.Storage;

namespace Evently.Shared.Messaging.Sagas;

/// <summary>
/// Instances as this process last read or wrote them, so that their next step, which usually follows at once, need not read them. Another process may have
/// gone on from there: a step that begins here counts only when its commit finds the same version.
/// </summary>
internal sealed class SagasInHand<TSaga>
    where TSaga : class, IVersionedSaga
{
    /// <summary>Some 2 KB each; those put first are forgotten first.</summary>
    private const int Capacity = 8_192;

    private readonly ConcurrentDictionary<Guid, Item> _items = new();
    private readonly ConcurrentQueue<KeyValuePair<Guid, Item>> _order = new();

    public void Put(Guid correlationId, Item item)
    {
        _items[correlationId] = item;
        _order.Enqueue(KeyValuePair.Create(correlationId, item));

        // What has been put again since, or taken, is another item.
        if (_order.Count > Capacity && _order.TryDequeue(out var oldest))
            _items.TryRemove(oldest);
    }

    /// <summary>The instance as it was at some moment; null when it is not in hand.</summary>
    public Item? Peek(Guid correlationId) => _items.GetValueOrDefault(correlationId);

    /// <summary>The instance, for one step; null when it is not in hand.</summary>
    public Item? Take(Guid correlationId) => _items.TryRemove(correlationId, out var item) ? item : null;
}
