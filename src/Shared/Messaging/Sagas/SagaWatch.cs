using Evently.Shared.Ids;
using Evently.Shared.Messaging.Instances;
using Evently.Shared.Messaging.Outbox;

namespace Evently.Shared.Messaging.Sagas;

/// <summary>
/// The sagas whose steps this process takes, each with the time at which it wants to be woken, and with the messages of its last step until they are sent
/// (<see cref="WatchWorker{TSaga}"/>). That they are watched is in the table (<see cref="WatchPages"/>) before they are; when they are due, and what they have
/// to say, is in themselves.
/// </summary>
internal sealed class SagaWatch<TSaga>(WatchPages pages, IInstances instances, TimeProvider time) : ISagaGuard<TSaga>
    where TSaga : class, IVersionedSaga
{
    /// <summary>A commit that is not known to have come to an end by then has.</summary>
    public static readonly TimeSpan LongestCommit = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DoubtfulCommit = TimeSpan.FromSeconds(5);
    private const int LongestPauseSteps = 4;
    private const int LongestSendPauseSteps = 6;

    /// <summary>Ids of messages that were sent; who takes a message for unsent after that sends it twice.</summary>
    private const int MostSent = 20_000;
    private const int OverdueWakings = 2;

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, WatchedSaga> _watched = [];
    private readonly PriorityQueue<Guid, DateTimeOffset> _checks = new();
    private readonly HashSet<Ulid> _sent = [];
    private readonly Queue<Ulid> _sentInOrder = new();
    private int _overdue;

    public bool AreIndexed => false;

    public bool KeepsMessages => instances.AllCan(Ability.KeepMessagesInSagas);

    public WatchPages Pages => pages;

    public async ValueTask<Guid> NextIdAsync()
    {
        var (id, page) = await pages.ReserveAsync();
        Watch(id, page, time.GetUtcNow() + LongestCommit);
        return id;
    }

    public async ValueTask SavingAsync(Guid correlationId, DateTimeOffset? dueAt, IReadOnlyList<OutgoingMessage> sending)
    {
        if (Hold(correlationId, sending) || (dueAt is null && sending.Count == 0))
            return;
        Watch(correlationId, await pages.AddAsync(correlationId), time.GetUtcNow() + LongestCommit);
        Hold(correlationId, sending);
    }

    public void Saved(Guid correlationId, int version, DateTimeOffset? dueAt) => Change(correlationId, watched =>
    {
        watched.Saving = Math.Max(0, watched.Saving - 1);
        if (version <= watched.Version)
            return;
        watched.Version = version;
        watched.Waits = dueAt is not null;
        Wake(watched, 0);
        CheckAt(watched, dueAt ?? time.GetUtcNow() + LongestCommit);
    });

    public void NotSaved(Guid correlationId, IReadOnlyList<OutgoingMessage> sending, bool mayBeThere) => Change(correlationId, watched =>
    {
        watched.Saving = Math.Max(0, watched.Saving - 1);
        foreach (var message in sending)
            watched.Unsent.Remove(message.Id);

        // What looks refused may have been refused by itself: the answer to a first try was lost, and the second found the first's version.
        if (!mayBeThere && sending.Count == 0)
            return;
        watched.IsDoubtful = true;
        CheckBy(watched, time.GetUtcNow() + DoubtfulCommit);
    });

    public IReadOnlyList<OutgoingMessage> NotSent(IReadOnlyList<OutgoingMessage> kept)
    {
        if (kept.Count == 0)
            return kept;
        lock (_gate)
            return [.. kept.Where(message => !_sent.Contains(message.Id))];
    }

    public IReadOnlyList<OutgoingMessage> NotInHand(Guid correlationId, IReadOnlyList<OutgoingMessage> kept)
    {
        lock (_gate)
            return _watched.TryGetValue(correlationId, out var watched) ? [.. kept.Where(message => !watched.Unsent.ContainsKey(message.Id))] : kept;
    }

    public IMessageHome HomeOf(Guid correlationId) => new Home(this, correlationId);

    public ValueTask<WatchedPage> ReadAsync(int limit, string after, CancellationToken cancellationToken) => pages.ReadAsync(limit, after, cancellationToken);

    /// <summary>Those whose time has come, at most <paramref name="limit"/>; they are the caller's until <see cref="CheckAgain"/>.</summary>
    public IReadOnlyList<WatchedSaga> TakeDue(int limit)
    {
        var due = new List<WatchedSaga>();
        lock (_gate)
        {
            var now = time.GetUtcNow();
            while (due.Count < limit && _checks.TryPeek(out var id, out var at) && at <= now)
            {
                _checks.Dequeue();
                if (!_watched.TryGetValue(id, out var watched) || watched.QueuedAt != at)
                    continue;
                watched.QueuedAt = DateTimeOffset.MaxValue;
                if (watched.CheckAt <= now)
                    due.Add(watched);
                else
                    CheckAt(watched, watched.CheckAt);
            }
        }

        return due;
    }

    /// <summary>How many were woken again and again and did not move on.</summary>
    public int CountOverdue()
    {
        lock (_gate)
            return _overdue;
    }

    /// <summary>Watches a saga of one of this process's pages.</summary>
    /// <param name="isDoubtful">It may keep messages of another process, sent or not.</param>
    public void Watch(Guid id, WatchPage page, DateTimeOffset checkAt, bool isDoubtful = false)
    {
        WatchPage? released = null;
        lock (_gate)
        {
            if (_watched.TryGetValue(id, out var watched))
            {
                released = page;
                CheckBy(watched, checkAt);
            }
            else
            {
                watched = new WatchedSaga(id, page) { Waits = true };
                _watched.Add(id, watched);
                CheckAt(watched, checkAt);
            }

            watched.IsDoubtful |= isDoubtful;
        }

        if (released is not null)
            pages.Release(released);
    }

    /// <summary>What the saga's item keeps and is to be handed to the relay now.</summary>
    public IReadOnlyList<OutgoingMessage> TakeUnsent(WatchedSaga watched, IReadOnlyList<OutgoingMessage> kept)
    {
        lock (_gate)
        {
            foreach (var message in kept.Where(message => watched.IsDoubtful && !_sent.Contains(message.Id)))
                watched.Unsent.TryAdd(message.Id, new UnsentMessage(message.Queues));
            watched.IsDoubtful = false;

            // What the item has no more, somebody else has taken over.
            foreach (var id in watched.Unsent.Where(unsent => !unsent.Value.IsInHand).Select(unsent => unsent.Key).Except(kept.Select(message => message.Id)).ToList())
                watched.Unsent.Remove(id);
            var taken = new List<OutgoingMessage>();
            foreach (var message in kept)
            {
                if (!watched.Unsent.TryGetValue(message.Id, out var unsent) || unsent.IsInHand)
                    continue;
                unsent.IsInHand = true;
                taken.Add(message with { Queues = unsent.Queues });
            }

            return taken;
        }
    }

    /// <summary>It waits for nothing, or others wake it.</summary>
    public void StopWaiting(WatchedSaga watched) => Change(watched.Id, known =>
    {
        known.Waits = false;
        if (time.GetUtcNow() >= known.SavingUntil)
            known.Saving = 0;
        else if (known.Saving > 0)
            CheckAt(known, known.SavingUntil);
    });

    /// <summary>It is about to be woken.</summary>
    public void Woken(WatchedSaga watched)
    {
        lock (_gate)
            Wake(watched, watched.Wakings + 1);
    }

    /// <summary>It is not due yet.</summary>
    public void WaitUntil(WatchedSaga watched, int version, DateTimeOffset dueAt)
    {
        lock (_gate)
        {
            Wake(watched, 0);
            if (version >= watched.Version)
                CheckAt(watched, dueAt);
        }
    }

    /// <summary>It was checked: again after a pause, unless its step, or the check, has said when.</summary>
    public void CheckAgain(WatchedSaga watched)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (_watched.ContainsKey(watched.Id) && watched.CheckAt <= now)
                CheckAt(watched, now + (watched.Waits ? Pause(watched.Wakings - 1, LongestPauseSteps) : LongestCommit));
        }
    }

    /// <summary>Keeps the entry while a commit is under way. False when there is none.</summary>
    private bool Hold(Guid id, IReadOnlyList<OutgoingMessage> sending)
    {
        lock (_gate)
        {
            if (!_watched.TryGetValue(id, out var watched))
                return false;
            watched.Saving++;
            watched.SavingUntil = time.GetUtcNow() + LongestCommit;
            foreach (var message in sending)
                watched.Unsent[message.Id] = new UnsentMessage(message.Queues) { IsInHand = true };
            return true;
        }
    }

    private void Relayed(Guid saga, Ulid message, IReadOnlyList<string> left)
    {
        if (left.Count == 0)
            Remember(message);
        Change(saga, watched =>
        {
            if (left.Count == 0)
            {
                watched.Unsent.Remove(message);
            }
            else if (watched.Unsent.TryGetValue(message, out var unsent))
            {
                (unsent.IsInHand, unsent.Queues) = (false, left);
                CheckBy(watched, time.GetUtcNow() + Pause(unsent.Failures++, LongestSendPauseSteps));
            }
        });
    }

    private void Remember(Ulid message)
    {
        lock (_gate)
        {
            if (!_sent.Add(message))
                return;
            _sentInOrder.Enqueue(message);
            if (_sentInOrder.Count > MostSent)
                _sent.Remove(_sentInOrder.Dequeue());
        }
    }

    /// <summary>Changes the entry, if it is there, and gives it up when nothing is left of it to watch.</summary>
    private void Change(Guid id, Action<WatchedSaga> change)
    {
        WatchPage? released = null;
        lock (_gate)
        {
            if (!_watched.TryGetValue(id, out var watched))
                return;
            change(watched);
            if (!watched.Waits && watched.Saving == 0 && watched.Unsent.Count == 0 && !watched.IsDoubtful)
                released = Forget(watched);
        }

        if (released is not null)
            pages.Release(released);
    }

    private static TimeSpan Pause(int before, int longest) => FirstPause * Math.Pow(2, Math.Clamp(before, 0, longest));

    /// <summary>At that time at the latest.</summary>
    private void CheckBy(WatchedSaga watched, DateTimeOffset at)
    {
        if (!watched.Waits || at < watched.CheckAt)
            CheckAt(watched, at);
    }

    /// <summary>A later time is met when the earlier one comes up: most are moved on before that.</summary>
    private void CheckAt(WatchedSaga watched, DateTimeOffset at)
    {
        watched.CheckAt = at;
        if (at >= watched.QueuedAt)
            return;
        watched.QueuedAt = at;
        _checks.Enqueue(watched.Id, at);
    }

    private void Wake(WatchedSaga watched, int wakings)
    {
        _overdue += (wakings >= OverdueWakings ? 1 : 0) - (watched.Wakings >= OverdueWakings ? 1 : 0);
        watched.Wakings = wakings;
    }

    private WatchPage Forget(WatchedSaga watched)
    {
        Wake(watched, 0);
        _watched.Remove(watched.Id);
        return watched.Page;
    }

    private sealed class Home(SagaWatch<TSaga> watch, Guid saga) : IMessageHome
    {
        public void Relayed(Ulid message, IReadOnlyList<string> left) => watch.Relayed(saga, message, left);
    }
}
