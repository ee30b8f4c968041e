namespace Evently.Users.Tokens;

/// <summary>
/// Slows down guessing: after five wrong passwords for an e-mail address from one client address each further try has to wait, twice as long every time. Kept in this
/// process only: with N instances a guesser has N times as many tries, which still is few, and a login costs no write.
/// </summary>
internal sealed class FailedLogins(TimeProvider time)
{
    private const int FreeTries = 5;

    /// <summary>Some 2 MB; the entry that was touched longest ago makes room.</summary>
    private const int MaxEntries = 10_000;

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(30);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Email, string Address), LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byTouch = new();

    /// <summary>
    /// Counts a try, as failed until <see cref="Succeeded"/> says otherwise, so that parallel tries count too. Not null: how long to wait; the try then did not count.
    /// </summary>
    public TimeSpan? Begin(string email, string address)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            var entry = Touch((email, address), now);
            if (now < entry.NextTry)
                return entry.NextTry - now;
            entry.Tries++;
            if (entry.Tries >= FreeTries)
                entry.NextTry = now + WaitAfter(entry.Tries);
            return null;
        }
    }

    public void Succeeded(string email, string address)
    {
        lock (_gate)
        {
            if (_entries.Remove((email, address), out var node))
                _byTouch.Remove(node);
        }
    }

    private static TimeSpan WaitAfter(int tries)
    {
        var doublings = Math.Min(tries - FreeTries, 16);
        var wait = TimeSpan.FromSeconds(1 << doublings);
        return wait < LongestWait ? wait : LongestWait;
    }

    private Entry Touch((string Email, string Address) key, DateTimeOffset now)
    {
        if (_entries.TryGetValue(key, out var node))
        {
            _byTouch.Remove(node);
            if (now - node.Value.Touched > Forgotten)
                node.Value = new Entry(key);
        }
        else
        {
            if (_entries.Count == MaxEntries)
            {
                _entries.Remove(_byTouch.First!.Value.Key);
                _byTouch.RemoveFirst();
            }

            _entries[key] = node = new LinkedListNode<Entry>(new Entry(key));
        }

        node.Value.Touched = now;
        _byTouch.AddLast(node);
        return node.Value;
    }

    private sealed class Entry((string Email, string Address) key)
    {
        public (string Email, string Address) Key { get; } = key;

        public int Tries { get; set; }

        public DateTimeOffset NextTry { get; set; }

        public DateTimeOffset Touched { get; set; }
    }
}
