namespace Evently.Shared.Messaging.Sagas;

/// <summary>
/// The sagas whose steps this process takes, each with the time at which it wants to be woken (<see cref="WatchWorker{TSaga}"/>). That they are watched is in
/// the table (<see cref="WatchPages"/>) before they are; when they are due is in themselves.
/// </summary>
internal sealed class SagaWatch<TSaga>(WatchPages pages, TimeProvider time) : ISagaTimers<TSaga>
    where TSaga : class, IVersionedSaga
{
    /// <summary>A commit that is not known to have come to an end by then has.</summary>
    public static readonly TimeSpan LongestCommit = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private const int LongestPauseSteps = 4;
    private const int OverdueWakings = 2;

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, Watched> _watched = [];
    private readonly PriorityQueue<Guid, DateTimeOffset> _checks = new();
    private int _overdue;

    public bool AreIndexed => false;

    public WatchPages Pages => pages;

    public async ValueTask<Guid> NextIdAsync(CancellationToken cancellationToken)
    {
        var (id, page) = await pages.ReserveAsync();
        Watch(id, page, time.GetUtcNow() + LongestCommit);
        return id;
    }

    public async ValueTask SavingAsync(Guid correlationId, DateTimeOffset? dueAt, CancellationToken cancellationToken)
    {
        if (!Hold(correlationId) && dueAt is not null)
        {
            Watch(correlationId, await pages.AddAsync(correlationId), time.GetUtcNow() + LongestCommit);
            Hold(correlationId);
        }
    }

    public void Saved(Guid correlationId, int version, DateTimeOffset? dueAt)
    {
        WatchPage? released = null;
        lock (_gate)
        {
            if (!_watched.TryGetValue(correlationId, out var watched))
                return;
            watched.Saving = Math.Max(0, watched.Saving - 1);
            if (version > watched.Version)
            {
                watched.Version = version;
                Wake(watched, 0);
                CheckAt(watched, dueAt ?? time.GetUtcNow() + LongestCommit);
                watched.Waits = dueAt is not null;
            }

            if (!watched.Waits && watched.Saving == 0)
                released = Forget(watched);
        }

        if (released is not null)
            pages.Release(released);
    }

    public ValueTask<WatchedPage> ReadAsync(int limit, string after, CancellationToken cancellationToken) => pages.ReadAsync(limit, after, cancellationToken);

    /// <summary>Those whose time has come, at most <paramref name="limit"/>; they are the caller's until <see cref="CheckAgain"/>.</summary>
    public IReadOnlyList<Watched> TakeDue(int limit)
    {
        var due = new List<Watched>();
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
    public void Watch(Guid id, WatchPage page, DateTimeOffset checkAt)
    {
        WatchPage? released = null;
        lock (_gate)
        {
            if (_watched.TryGetValue(id, out var known))
            {
                released = page;
                if (checkAt < known.CheckAt)
                    CheckAt(known, checkAt);
            }
            else
            {
                var watched = new Watched(id, page) { Waits = true };
                _watched.Add(id, watched);
                CheckAt(watched, checkAt);
            }
        }

        if (released is not null)
            pages.Release(released);
    }

    /// <summary>Keeps the entry while a commit is under way. False when there is none.</summary>
    private bool Hold(Guid id)
    {
        lock (_gate)
        {
            if (!_watched.TryGetValue(id, out var watched))
                return false;
            watched.Saving++;
            watched.SavingUntil = time.GetUtcNow() + LongestCommit;
            return true;
        }
    }

    /// <summary>It waits for nothing, or others wake it.</summary>
    public void StopUnlessSaving(Watched watched)
    {
        WatchPage? released = null;
        lock (_gate)
        {
            if (watched.Saving > 0 && time.GetUtcNow() < watched.SavingUntil)
                CheckAt(watched, watched.SavingUntil);
            else if (_watched.ContainsKey(watched.Id))
                released = Forget(watched);
        }

        if (released is not null)
            pages.Release(released);
    }

    /// <summary>It is about to be woken.</summary>
    public void Woken(Watched watched)
    {
        lock (_gate)
            Wake(watched, watched.Wakings + 1);
    }

    /// <summary>It is not due yet.</summary>
    public void WaitUntil(Watched watched, int version, DateTimeOffset dueAt)
    {
        lock (_gate)
        {
            Wake(watched, 0);
            if (version >= watched.Version)
                CheckAt(watched, dueAt);
        }
    }

    /// <summary>It was checked: again after a pause, unless its step, or the check, has said when.</summary>
    public void CheckAgain(Watched watched)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (_watched.ContainsKey(watched.Id) && watched.CheckAt <= now)
                CheckAt(watched, now + (FirstPause * Math.Pow(2, Math.Max(0, Math.Min(watched.Wakings, LongestPauseSteps) - 1))));
        }
    }

    /// <summary>A later time is met when the earlier one comes up: most are moved on before that.</summary>
    private void CheckAt(Watched watched, DateTimeOffset at)
    {
        watched.CheckAt = at;
        if (at >= watched.QueuedAt)
            return;
        watched.QueuedAt = at;
        _checks.Enqueue(watched.Id, at);
    }

    private void Wake(Watched watched, int wakings)
    {
        _overdue += (wakings >= OverdueWakings ? 1 : 0) - (watched.Wakings >= OverdueWakings ? 1 : 0);
        watched.Wakings = wakings;
    }

    private WatchPage Forget(Watched watched)
    {
        Wake(watched, 0);
        _watched.Remove(watched.Id);
        return watched.Page;
    }

    internal sealed class Watched(Guid id, WatchPage page)
    {
        public Guid Id { get; } = id;

        public WatchPage Page { get; } = page;

        public DateTimeOffset CheckAt { get; set; }

        /// <summary>Its place in the queue of checks.</summary>
        public DateTimeOffset QueuedAt { get; set; } = DateTimeOffset.MaxValue;

        /// <summary>Of the last save that is known.</summary>
        public int Version { get; set; }

        /// <summary>Whether it waits, as far as is known.</summary>
        public bool Waits { get; set; }

        /// <summary>Commits under way.</summary>
        public int Saving { get; set; }

        public DateTimeOffset SavingUntil { get; set; }

        /// <summary>In a row that changed nothing.</summary>
        public int Wakings { get; set; }
    }
}
