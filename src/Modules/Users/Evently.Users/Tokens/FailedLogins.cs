using Evently.Shared.Http;
using Microsoft.AspNetCore.Http;

namespace Evently.Users.Tokens;

/// <summary>
/// Slows down guessing: after five wrong passwords for an e-mail address from one client, fifty for one e-mail address from anywhere, or a hundred from one
/// client, each further try has to wait, twice as long every time. A client whose last login to the account succeeded is not slowed by others' tries. Kept in
/// this process only: with N instances a guesser has N times as many tries, which still is few, and a login costs no write.
/// </summary>
internal sealed class FailedLogins(TimeProvider time)
{
    private const int FreeTries = 5;
    private const int FreeTriesOfAccount = 50;
    private const int FreeTriesOfClient = 100;

    /// <summary>Stands for all accounts, or all clients, in an entry.</summary>
    private const string All = "*";

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
        var now = time.GetTimestamp();
        lock (_gate)
        {
            var own = Touch((email, address), now);
            (Entry Entry, int Free)[] counted = own.IsKnown
                ? [(own, FreeTries)]
                : [(own, FreeTries), (Touch((email, All), now), FreeTriesOfAccount), (Touch((All, address), now), FreeTriesOfClient)];
            var wait = counted.Max(counter => counter.Entry.Wait - time.GetElapsedTime(counter.Entry.Waiting, now));
            if (wait > TimeSpan.Zero)
                return wait;
            foreach (var (entry, free) in counted)
            {
                entry.Tries++;
                if (entry.Tries >= free)
                    (entry.Waiting, entry.Wait) = (now, WaitAfter(entry.Tries - free));
            }

            return null;
        }
    }

    public static ProblemResult Slowed(TimeSpan wait) =>
        Problems.Of(StatusCodes.Status429TooManyRequests, "too_many_failed_logins", "Too many wrong passwords; wait before the next try.") with { RetryAfter = wait };

    public void Succeeded(string email, string address)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue((email, address), out var node))
                return;
            if (!node.Value.IsKnown)
            {
                TakeBack((email, All), FreeTriesOfAccount);
                TakeBack((All, address), FreeTriesOfClient);
            }

            node.Value.Tries = 0;
            node.Value.Wait = TimeSpan.Zero;
            node.Value.IsKnown = true;
        }
    }

    /// <summary>The account's owner comes from this client, as was shown otherwise than by a password: others' tries don't slow it.</summary>
    public void Welcome(string email, string address)
    {
        lock (_gate)
        {
            var own = Touch((email, address), time.GetTimestamp());
            (own.Tries, own.Wait, own.IsKnown) = (0, TimeSpan.Zero, true);
        }
    }

    /// <summary>A try that succeeded was none of a guesser's.</summary>
    private void TakeBack((string Email, string Address) key, int free)
    {
        if (!_entries.TryGetValue(key, out var node))
            return;
        node.Value.Tries = Math.Max(0, node.Value.Tries - 1);
        if (node.Value.Tries < free)
            node.Value.Wait = TimeSpan.Zero;
    }

    private static TimeSpan WaitAfter(int triesTooMany)
    {
        var doublings = Math.Min(triesTooMany, 16);
        var wait = TimeSpan.FromSeconds(1 << doublings);
        return wait < LongestWait ? wait : LongestWait;
    }

    private Entry Touch((string Email, string Address) key, long now)
    {
        if (_entries.TryGetValue(key, out var node))
        {
            _byTouch.Remove(node);
            if (time.GetElapsedTime(node.Value.Touched, now) > Forgotten)
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

        /// <summary>Since when, by the process's own clock, and how long the next try has to wait.</summary>
        public long Waiting { get; set; }

        public TimeSpan Wait { get; set; }

        /// <summary>The client's last login to the account succeeded.</summary>
        public bool IsKnown { get; set; }

        public long Touched { get; set; }
    }
}
