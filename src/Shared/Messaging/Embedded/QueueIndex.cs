using System.Diagnostics.CodeAnalysis;

namespace Evently.Shared.Messaging.Embedded;

/// <summary>
/// The rules of a queue, without its storage: who is visible when, receive counts, dead letters, and turns between groups, so that one hot
/// event does not starve the others. It follows the storage: what a receive takes can be given back as if it had never been taken. All members
/// are thread-safe. Time is the process's monotonic one: a step of the machine's clock hides and reveals nothing.
/// </summary>
internal sealed class QueueIndex(TimeProvider time)
{
    private readonly long _opened = time.GetTimestamp();
    private readonly Lock _gate = new();
    private readonly Dictionary<long, QueueEntry> _entries = [];
    private readonly Dictionary<string, Queue<(QueueEntry Entry, long Sequence)>> _ready = new(StringComparer.Ordinal);
    private readonly Queue<string> _turns = new();

    // Sorted, and not a heap, so that what is deleted leaves it at once.
    private readonly SortedSet<QueueEntry> _hidden = new(Comparer<QueueEntry>.Create(static (one, other) =>
        one.VisibleAt.CompareTo(other.VisibleAt) is var byTime and not 0 ? byTime : one.Sequence.CompareTo(other.Sequence)));

    private readonly LinkedList<QueueEntry> _dead = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _sequence;

    /// <summary>Completes when a message may have become receivable. Take it before looking, wait on it afterwards.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate)
                return _changed.Task;
        }
    }

    /// <summary>Everything that is held, dead letters and what is hidden included.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _entries.Count;
        }
    }

    /// <summary>How long until the next hidden message becomes visible; null when none is hidden.</summary>
    public TimeSpan? NextVisibleIn
    {
        get
        {
            lock (_gate)
                return _hidden.Min is { } next ? next.VisibleAt - Now : null;
        }
    }

    private TimeSpan Now => time.GetElapsedTime(_opened);

    /// <summary>Adds a message; nothing when it is there already.</summary>
    public void Add(QueueEntry entry, TimeSpan delay = default)
    {
        lock (_gate)
        {
            if (!_entries.TryAdd(entry.Key, entry))
                return;
            Put(entry, delay);
            Signal();
        }
    }

    public void AddDead(QueueEntry entry)
    {
        lock (_gate)
        {
            if (_entries.TryAdd(entry.Key, entry))
                Kill(entry);
        }
    }

    /// <summary>
    /// Takes visible messages in turns over their groups, counts the receive and hides them. Those that were received often enough before are
    /// taken besides, marked as exhausted: they are to be buried.
    /// </summary>
    public List<Taken> Take(int max, TimeSpan visibility, int maxReceives)
    {
        List<Taken> taken = [];
        lock (_gate)
        {
            Reveal();
            for (var places = max; places > 0 && TryDequeue(out var entry);)
            {
                var exhausted = entry.ReceiveCount >= maxReceives;
                entry.ReceiveCount++;
                entry.Generation++;
                entry.IsInFlight = true;
                Hide(entry, visibility);
                taken.Add(new Taken(entry, entry.Generation, exhausted));
                places -= exhausted ? 0 : 1;
            }
        }

        return taken;
    }

    /// <summary>Makes a receive not to have happened.</summary>
    public void Untake(IReadOnlyList<Taken> taken)
    {
        lock (_gate)
        {
            foreach (var (entry, generation, _) in taken)
            {
                if (entry.Place != QueuePlace.Hidden || entry.Generation != generation)
                    continue;
                entry.ReceiveCount--;
                Put(entry, TimeSpan.Zero);
            }
        }
    }

    /// <summary>The entry, while the receipt is that of its latest receive and its visibility has not ended.</summary>
    public QueueEntry? Held(string receipt)
    {
        lock (_gate)
            return IsHeld(receipt, out var entry) ? entry : null;
    }

    public void Remove(QueueEntry entry)
    {
        lock (_gate)
        {
            if (!_entries.Remove(entry.Key))
                return;
            Leave(entry, QueuePlace.Gone);
            entry.Message = null;
        }
    }

    public void SetVisibility(string receipt, TimeSpan visibility)
    {
        lock (_gate)
        {
            if (!IsHeld(receipt, out var entry))
                return;
            Put(entry, visibility, inFlight: visibility > TimeSpan.Zero);
            Signal();
        }
    }

    /// <summary>As if the message had just been sent, with a delay.</summary>
    public void Defer(QueueEntry entry, TimeSpan delay)
    {
        lock (_gate)
        {
            if (entry.Place is not (QueuePlace.Hidden or QueuePlace.Ready))
                return;
            entry.ReceiveCount = 0;
            entry.Generation++;
            Put(entry, delay);
            Signal();
        }
    }

    public void Bury(QueueEntry entry)
    {
        lock (_gate)
        {
            if (entry.Place is QueuePlace.Hidden or QueuePlace.Ready)
                Kill(entry);
        }
    }

    /// <summary>The dead letters that have waited longest.</summary>
    public List<QueueEntry> OldestDead(int max)
    {
        lock (_gate)
            return [.. _dead.Take(max)];
    }

    /// <summary>Dead letters that wait again, with a fresh receive count.</summary>
    /// <returns>How many of them were still dead.</returns>
    public int Revive(IEnumerable<QueueEntry> entries)
    {
        var revived = 0;
        lock (_gate)
        {
            foreach (var entry in entries.Where(entry => entry.Place == QueuePlace.Dead))
            {
                _dead.Remove(entry);
                entry.ReceiveCount = 0;
                Put(entry, TimeSpan.Zero);
                revived++;
            }

            Signal();
        }

        return revived;
    }

    public QueueFigures Figures()
    {
        lock (_gate)
        {
            Reveal();
            var inFlight = 0;
            DateTimeOffset? oldest = null;
            foreach (var entry in _entries.Values.Where(entry => entry.Place != QueuePlace.Dead))
            {
                if (entry.IsInFlight)
                    inFlight++;
                else if (oldest is null || entry.SentAt < oldest)
                    oldest = entry.SentAt;
            }

            return new QueueFigures(_entries.Count - _dead.Count - inFlight, inFlight, oldest is { } at ? time.GetUtcNow() - at : null, _dead.Count);
        }
    }

    private bool IsHeld(string receipt, [NotNullWhen(true)] out QueueEntry? entry) =>
        _entries.TryGetValue(QueueReceipt.KeyOf(receipt), out entry)
        && entry.Place == QueuePlace.Hidden
        && entry.Generation == QueueReceipt.GenerationOf(receipt);

    private bool TryDequeue([NotNullWhen(true)] out QueueEntry? entry)
    {
        while (_turns.TryDequeue(out var group))
        {
            var queue = _ready[group];
            (entry, var sequence) = queue.Dequeue();
            if (queue.Count > 0)
                _turns.Enqueue(group);
            else
                _ready.Remove(group);
            if (entry.Place == QueuePlace.Ready && entry.Sequence == sequence)
                return true;
        }

        entry = null;
        return false;
    }

    private void Reveal()
    {
        var now = Now;
        while (_hidden.Min is { } entry && entry.VisibleAt <= now)
            Put(entry, TimeSpan.Zero);
    }

    private void Put(QueueEntry entry, TimeSpan delay, bool inFlight = false)
    {
        entry.IsInFlight = inFlight;
        if (delay > TimeSpan.Zero)
        {
            Hide(entry, delay);
            return;
        }

        Leave(entry, QueuePlace.Ready);
        if (!_ready.TryGetValue(entry.Group, out var queue))
        {
            _ready[entry.Group] = queue = new Queue<(QueueEntry, long)>();
            _turns.Enqueue(entry.Group);
        }

        queue.Enqueue((entry, entry.Sequence));
    }

    private void Hide(QueueEntry entry, TimeSpan delay)
    {
        Leave(entry, QueuePlace.Hidden);
        entry.VisibleAt = Now + delay;
        _hidden.Add(entry);
    }

    private void Kill(QueueEntry entry)
    {
        Leave(entry, QueuePlace.Dead);
        entry.IsInFlight = false;
        _dead.AddLast(entry);
    }

    /// <summary>An entry is sorted by what it is about to change, so it leaves the order first.</summary>
    private void Leave(QueueEntry entry, QueuePlace next)
    {
        if (entry.Place == QueuePlace.Hidden)
            _hidden.Remove(entry);
        else if (entry.Place == QueuePlace.Dead && next == QueuePlace.Gone)
            _dead.Remove(entry);
        entry.Place = next;
        entry.Sequence = ++_sequence;
    }

    private void Signal()
    {
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>One message of a receive.</summary>
    /// <param name="Generation">That of this receive.</param>
    /// <param name="IsExhausted">It was received as often as a message may be before this.</param>
    internal readonly record struct Taken(QueueEntry Entry, int Generation, bool IsExhausted);
}
