namespace Evently.Events.Search;

/// <summary>Keeps, of the events offered to it in any order, those of the asked page.</summary>
internal sealed class PageBuilder(EventQuery query)
{
    // One more than the page tells whether there is a next one.
    private readonly int _capacity = query.Skip + query.Limit + 1;
    private readonly PriorityQueue<EventEntry, EventPlace> _kept = new(Comparer<EventPlace>.Create((one, other) => query.Order.Compare(other, one)));
    private EventPlace _last;
    private int _examined;

    /// <summary>Events offered in the page's own order cannot change it any more.</summary>
    public bool IsFull => _kept.Count == _capacity;

    /// <summary>
    /// False when an event of this relevance and start surely comes behind the page's last one. A search for a common word finds most events, and
    /// fetching each of them from memory only to refuse it is what would cost the most.
    /// </summary>
    public bool MayTake(int relevance, long startTicks)
    {
        if (!IsFull || query.Order.Sort != EventSort.Relevance)
            return true;
        var order = ((long)relevance, -startTicks).CompareTo((_last.Primary, _last.Secondary));
        return query.Order.Descending ? order >= 0 : order <= 0;
    }

    public void Offer(EventEntry entry, int relevance)
    {
        _examined++;
        var place = query.Order.PlaceOf(entry, relevance);

        // Of a long list most come behind the page's last one: one comparison is all they cost.
        if (IsFull && query.Order.Compare(place, _last) >= 0)
            return;
        if (!entry.IsCurrent || !query.Filter.Accepts(entry))
            return;
        if (query.After is { } after && query.Order.Compare(place, after) <= 0)
            return;
        if (IsFull)
            _kept.DequeueEnqueue(entry, place);
        else
            _kept.Enqueue(entry, place);
        _kept.TryPeek(out _, out _last);
    }

    public EventPage Build()
    {
        // The queue gives the last event of the page first.
        var found = new (EventEntry Entry, EventPlace Place)[_kept.Count];
        for (var i = found.Length - 1; i >= 0; i--)
        {
            _kept.TryDequeue(out var entry, out var place);
            found[i] = (entry!, place);
        }

        var page = found.Skip(query.Skip).Take(query.Limit).ToArray();
        EventPlace? next = found.Length == _capacity ? page[^1].Place : null;
        return new EventPage(Array.ConvertAll(page, item => item.Entry.Event), next, _examined);
    }
}
