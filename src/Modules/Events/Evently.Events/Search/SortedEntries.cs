namespace Evently.Events.Search;

/// <summary>The current events in one order. An insertion moves references, 100,000 of them in some 20 µs, and is rare; reading is what it is for.</summary>
internal sealed class SortedEntries(Func<EventEntry, EventPlace> placeOf)
{
    private readonly List<EventEntry> _entries = [];

    public int Count => _entries.Count;

    public EventEntry this[int index] => _entries[index];

    public void AddRange(IEnumerable<EventEntry> entries)
    {
        _entries.AddRange(entries);
        _entries.Sort((one, other) => placeOf(one).CompareTo(placeOf(other)));
    }

    public void Add(EventEntry entry) => _entries.Insert(FirstAtOrAfter(placeOf(entry)), entry);

    public void Remove(EventEntry entry)
    {
        var index = FirstAtOrAfter(placeOf(entry));
        if (index < _entries.Count && ReferenceEquals(_entries[index], entry))
            _entries.RemoveAt(index);
    }

    /// <summary>Index of the first event at or behind a place; <see cref="Count"/> when there is none.</summary>
    public int FirstAtOrAfter(EventPlace place)
    {
        var (low, high) = (0, _entries.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (placeOf(_entries[middle]).CompareTo(place) < 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
