using System.Runtime.InteropServices;
using Evently.Shared.Text;

namespace Evently.Events.Search;

/// <summary>
/// The index itself. Each revision of an event gets a slot; lists of slots only grow, and slots of old revisions are skipped until the whole
/// is built anew. Not thread-safe.
/// </summary>
internal sealed class IndexGeneration
{
    /// <summary>Relevance is compared as a whole number, so that it is the same on every instance and in a cursor.</summary>
    private const float RelevanceParts = 1_000_000;

    private readonly List<EventEntry> _slots = [];
    private readonly List<long> _starts = [];
    private readonly Dictionary<string, int> _slotByEvent = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<int>> _byCity = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<int>> _byArtist = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<int>> _byTag = new(StringComparer.Ordinal);
    private readonly WordIndex _words = new();
    private readonly SortedEntries _byDate = new(entry => entry.ByDate);
    private readonly SortedEntries _byPrice = new(entry => entry.ByPrice);
    private readonly SortedEntries _byName = new(entry => entry.ByName);

    public int Count => _slotByEvent.Count;

    public int OutdatedCount => _slots.Count - _slotByEvent.Count;

    public IEnumerable<Event> Current => _slotByEvent.Values.Select(slot => _slots[slot].Event);

    public int RevisionOf(string eventId) => _slotByEvent.TryGetValue(eventId, out var slot) ? _slots[slot].Event.Revision : 0;

    public void AddRange(IEnumerable<Event> events)
    {
        var entries = events.Where(NeedsSlot).Select(TryAddSlot).OfType<EventEntry>().ToList();

        // The same event twice in one call leaves an outdated entry behind.
        entries.RemoveAll(entry => !entry.IsCurrent);
        if (entries is [var single])
        {
            _byDate.Add(single);
            _byPrice.Add(single);
            _byName.Add(single);
            return;
        }

        _byDate.AddRange(entries);
        _byPrice.AddRange(entries);
        _byName.AddRange(entries);
    }

    public EventPage Find(EventQuery query)
    {
        var page = new PageBuilder(query);
        if (query.Filter.Words is { } words)
            FindByWords(words, page);
        else if (SmallestList(query.Filter) is var slots && slots is not null && slots.Count <= CostOfWalk(query, slots.Count))
            FindInList(slots, page);
        else if (query.Order.Sort != EventSort.Date && DatesOf(query.Filter) is var (from, to) && to - from <= CostOfWalk(query, to - from))
            FindInDates(from, to, page);
        else
            Walk(query, page);
        return page.Build();
    }

    private bool NeedsSlot(Event @event) => RevisionOf(@event.EventId) < @event.Revision;

    /// <summary>Events that could not be indexed, with what stood against it; they are in no list until they change.</summary>
    public IReadOnlyDictionary<string, Exception> SetAside => _setAside;

    private readonly Dictionary<string, Exception> _setAside = new(StringComparer.Ordinal);

    private EventEntry? TryAddSlot(Event @event)
    {
        try
        {
            var entry = new EventEntry(@event);
            var words = WordsOf(entry);
            _setAside.Remove(@event.EventId);
            return AddSlot(entry, words);
        }
#pragma warning disable CA1031 // One event that can't be folded keeps no other out of the index.
        catch (Exception exception) when (exception is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            _setAside[@event.EventId] = exception;
            return null;
        }
    }

    private EventEntry AddSlot(EventEntry entry, Dictionary<string, WordPlace> words)
    {
        var @event = entry.Event;
        if (_slotByEvent.TryGetValue(@event.EventId, out var outdated))
        {
            var old = _slots[outdated];
            old.IsCurrent = false;
            _byDate.Remove(old);
            _byPrice.Remove(old);
            _byName.Remove(old);
        }

        var slot = _slots.Count;
        _slots.Add(entry);
        _starts.Add(entry.StartTicks);
        _slotByEvent[@event.EventId] = slot;
        ListOf(_byCity, entry.City).Add(slot);
        foreach (var artist in entry.Artists)
            ListOf(_byArtist, artist).Add(slot);
        foreach (var tag in entry.Tags)
            ListOf(_byTag, tag).Add(slot);
        foreach (var (word, place) in words)
            _words.Add(word, slot, place);
        return entry;
    }

    /// <summary>Each distinct word with the best place where it stands.</summary>
    private static Dictionary<string, WordPlace> WordsOf(EventEntry entry)
    {
        var words = new Dictionary<string, WordPlace>(StringComparer.Ordinal);
        AddAll(TextFolding.Fold(entry.Event.Description), WordPlace.Description);
        foreach (var tag in entry.Tags)
            AddAll(tag, WordPlace.Tag);
        foreach (var artist in entry.Artists)
            AddAll(artist, WordPlace.Artist);
        AddAll(entry.Name, WordPlace.Name);
        return words;

        void AddAll(string folded, WordPlace place)
        {
            foreach (var word in TextFolding.Words(folded))
                words[word] = place;
        }
    }

    private static List<int> ListOf(Dictionary<string, List<int>> lists, string key)
    {
        ref var list = ref CollectionsMarshal.GetValueRefOrAddDefault(lists, key, out _);
        return list ??= [];
    }

    /// <summary>The shortest list of slots that holds every match; null when no filter has a list.</summary>
    private List<int>? SmallestList(EventFilter filter)
    {
        List<int>? smallest = null;
        if (filter.City is { } city)
            Consider(_byCity, city);
        foreach (var artist in filter.Artists)
            Consider(_byArtist, artist);
        foreach (var tag in filter.Tags)
            Consider(_byTag, tag);
        return smallest;

        void Consider(Dictionary<string, List<int>> lists, string key)
        {
            var list = lists.GetValueOrDefault(key) ?? [];
            if (smallest is null || list.Count < smallest.Count)
                smallest = list;
        }
    }

    /// <summary>How many events a walk in order would look at until the page is full, if matches were spread evenly.</summary>
    private long CostOfWalk(EventQuery query, int matches) =>
        Math.Min(Count, (long)(query.Limit + query.Skip + 1) * Count / Math.Max(1, matches));

    private void FindInList(List<int> slots, PageBuilder page)
    {
        foreach (var slot in slots)
            page.Offer(_slots[slot], relevance: 0);
    }

    /// <summary>Where in the order by date the events of the asked time are.</summary>
    private (int From, int To) DatesOf(EventFilter filter)
    {
        var longestAgo = filter.EndsAfter - TimeSpan.FromMinutes(EventLimits.DurationMinutes).Ticks;
        var from = (filter.StartsFrom ?? longestAgo) is { } startsFrom ? _byDate.FirstAtOrAfter(new EventPlace(startsFrom, "", 0, "")) : 0;
        var to = filter.StartsBefore is { } startsBefore ? _byDate.FirstAtOrAfter(new EventPlace(startsBefore, "", 0, "")) : _byDate.Count;
        return (from, Math.Max(from, to));
    }

    private void FindInDates(int from, int to, PageBuilder page)
    {
        for (var i = from; i < to; i++)
            page.Offer(_byDate[i], relevance: 0);
    }

    /// <summary>Goes through the events in the asked order, from the page's start to where it is full or the dates end.</summary>
    private void Walk(EventQuery query, PageBuilder page)
    {
        var (order, filter) = (query.Order, query.Filter);
        var entries = order.Sort switch
        {
            EventSort.Price => _byPrice,
            EventSort.Name => _byName,
            _ => _byDate,
        };
        var (from, to) = ReferenceEquals(entries, _byDate) ? DatesOf(filter) : (0, entries.Count);
        if (query.After is { } after && order.Sort != EventSort.Relevance)
        {
            var place = entries.FirstAtOrAfter(after);
            (from, to) = order.Descending ? (from, Math.Min(to, place)) : (Math.Max(from, place), to);
        }

        for (var i = 0; i < to - from && !page.IsFull; i++)
            page.Offer(entries[order.Descending ? to - 1 - i : from + i], relevance: 0);
    }

    /// <summary>Of three words and more, one in three may be missing.</summary>
    private void FindByWords(IReadOnlyList<string> words, PageBuilder page)
    {
        var needed = words.Count - (words.Count / 3);
        using var scores = new WordScores(_slots.Count, words.Count, needed);

        // The rarest word first: what it leaves out needs no look in the long lists.
        foreach (var match in words.Select(_words.Match).OrderBy(match => match.SlotCount))
        {
            _words.AddTo(scores, match);
            scores.FinishWord();
        }

        foreach (var (slot, score) in scores.Enough())
        {
            var relevance = (int)(score * RelevanceParts);
            if (page.MayTake(relevance, _starts[slot]))
                page.Offer(_slots[slot], relevance);
        }
    }
}
