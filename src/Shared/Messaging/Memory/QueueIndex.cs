namespace Evently.Shared.Messaging.Memory;

/// <summary>
/// The rules of a queue, without its storage: who is visible when, receive counts, dead letters, and turns between groups, so that one hot
/// event does not starve the others. All members are thread-safe; time is passed in.
/// </summary>
internal sealed class QueueIndex
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Queue<Entry>> _ready = new(StringComparer.Ordinal);
    private readonly Queue<string> _turns = new();
    private readonly PriorityQueue<Entry, (DateTimeOffset VisibleAt, long Sequence)> _hidden = new();
    private readonly LinkedList<Entry> _dead = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _sequence;
    private int _readyCount;

    public enum Place
    {
        Ready,
        Hidden,
        Dead,
        Gone,
    }

    /// <summary>Completes when a message may have become receivable. Take it before looking, wait on it afterwards.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate)
                return _changed.Task;
        }
    }

    public void Add(Entry entry, DateTimeOffset visibleAt, DateTimeOffset now)
    {
        lock (_gate)
        {
            _entries[entry.Key] = entry;
            entry.IsInFlight = false;
            Put(entry, visibleAt, now);
            Signal();
        }
    }

    public void AddDead(Entry entry)
    {
        lock (_gate)
        {
            _entries[entry.Key] = entry;
            Bury(entry);
        }
    }

    /// <summary>Takes visible messages in turns over their groups. Those that were received often enough already die instead.</summary>
    public (List<Entry> Taken, List<Entry> Died) Take(int max, TimeSpan visibility, int maxReceives, DateTimeOffset now)
    {
        List<Entry> taken = [];
        List<Entry> died = [];
        lock (_gate)
        {
            Reveal(now);
            while (taken.Count < max && _turns.TryDequeue(out var group))
            {
                var queue = _ready[group];
                var entry = queue.Dequeue();
                _readyCount--;
                if (queue.Count > 0)
                    _turns.Enqueue(group);
                else
                    _ready.Remove(group);
                if (entry.ReceiveCount >= maxReceives)
                {
                    Bury(entry);
                    died.Add(entry);
                    continue;
                }

                entry.ReceiveCount++;
                entry.IsInFlight = true;
                entry.Generation++;
                Hide(entry, now + visibility);
                taken.Add(entry);
            }
        }

        return (taken, died);
    }

    /// <summary>The entry, while <paramref name="generation"/> is that of its latest receive.</summary>
    public Entry? Remove(string key, int generation)
    {
        lock (_gate)
        {
            if (!IsHeld(key, generation, out var entry))
                return null;
            _entries.Remove(key);
            entry.Place = Place.Gone;
            return entry;
        }
    }

    public void SetVisibility(string key, int generation, TimeSpan visibility, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (!IsHeld(key, generation, out var entry))
                return;
            if (visibility <= TimeSpan.Zero)
                entry.IsInFlight = false;
            Put(entry, now + visibility, now);
            Signal();
        }
    }

    /// <summary>A delay, unlike a visibility: the message counts as waiting.</summary>
    public List<Entry> Redrive(int max, DateTimeOffset now)
    {
        List<Entry> moved = [];
        lock (_gate)
        {
            while (moved.Count < max && _dead.First is { } first)
            {
                _dead.RemoveFirst();
                var entry = first.Value;
                entry.ReceiveCount = 0;
                entry.IsInFlight = false;
                Put(entry, now, now);
                moved.Add(entry);
            }

            if (moved.Count > 0)
                Signal();
        }

        return moved;
    }

    public QueueFigures Figures(DateTimeOffset now)
    {
        lock (_gate)
        {
            Reveal(now);
            var inFlight = 0;
            DateTimeOffset? oldest = null;
            foreach (var entry in _entries.Values)
            {
                if (entry.Place == Place.Dead)
                    continue;
                if (entry is { Place: Place.Hidden, IsInFlight: true })
                    inFlight++;
                else if (oldest is null || entry.SentAt < oldest)
                    oldest = entry.SentAt;
            }

            return new QueueFigures(_entries.Count - _dead.Count - inFlight, inFlight, oldest is { } at ? now - at : null, _dead.Count);
        }
    }

    /// <summary>When the next hidden message becomes visible; null when none is hidden.</summary>
    public DateTimeOffset? NextVisibleAt()
    {
        lock (_gate)
            return _hidden.TryPeek(out _, out var at) ? at.VisibleAt : null;
    }

    public int Count
    {
        get
        {
            lock (_gate)
                return _entries.Count;
        }
    }

    private bool IsHeld(string key, int generation, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Entry? entry) =>
        _entries.TryGetValue(key, out entry) && entry.Generation == generation && entry.Place == Place.Hidden;

    private void Reveal(DateTimeOffset now)
    {
        while (_hidden.TryPeek(out var entry, out var at) && at.VisibleAt <= now)
        {
            _hidden.Dequeue();

            // Stale: removed, or its visibility was changed since.
            if (entry.Place != Place.Hidden || entry.Sequence != at.Sequence)
                continue;
            entry.IsInFlight = false;
            Ready(entry);
        }
    }

    private void Put(Entry entry, DateTimeOffset visibleAt, DateTimeOffset now)
    {
        if (visibleAt <= now)
            Ready(entry);
        else
            Hide(entry, visibleAt);
    }

    private void Ready(Entry entry)
    {
        entry.Place = Place.Ready;
        entry.Sequence = ++_sequence;
        if (!_ready.TryGetValue(entry.Group, out var queue))
        {
            _ready[entry.Group] = queue = new Queue<Entry>();
            _turns.Enqueue(entry.Group);
        }

        queue.Enqueue(entry);
        _readyCount++;
    }

    private void Hide(Entry entry, DateTimeOffset visibleAt)
    {
        entry.Place = Place.Hidden;
        entry.Sequence = ++_sequence;
        _hidden.Enqueue(entry, (visibleAt, entry.Sequence));
    }

    private void Bury(Entry entry)
    {
        entry.Place = Place.Dead;
        entry.IsInFlight = false;
        _dead.AddLast(entry);
    }

    private void Signal()
    {
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    internal sealed class Entry(string key, string group, DateTimeOffset sentAt)
    {
        public string Key { get; } = key;

        public string Group { get; } = group;

        public DateTimeOffset SentAt { get; } = sentAt;

        /// <summary>Null when the engine keeps it elsewhere.</summary>
        public QueueMessage? Message { get; set; }

        public int ReceiveCount { get; set; }

        /// <summary>Counts receives for ever; makes old receipts void.</summary>
        public int Generation { get; set; }

        public Place Place { get; set; }

        public bool IsInFlight { get; set; }

        /// <summary>It was there before this process.</summary>
        public bool IsInherited { get; init; }

        public long Sequence { get; set; }
    }
}
