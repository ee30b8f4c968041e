namespace Evently.Events.Search;

/// <summary>
/// All events in memory, for lists and searches: read by every request, written by this process's own changes at once and by the
/// <see cref="IndexFollower"/> for those of others. Revisions make the order in which changes arrive unimportant.
/// </summary>
internal sealed class EventIndex(TimeProvider time) : IDisposable
{
    /// <summary>How long a request waits for an index that is being built at start.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    /// <summary>Old revisions that are always tolerated, before they are compared with the number of events.</summary>
    private const int ToleratedOutdated = 1_000;

    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ReaderWriterLockSlim _lock = new();
    private readonly Lock _writers = new();
    private IndexGeneration _generation = new();

    public int Count => Read(generation => generation.Count);

    /// <summary>Events that could not be indexed.</summary>
    public IReadOnlyList<string> SetAside => Read(generation => generation.SetAside.Keys.ToArray());

    /// <summary>False when the index could not be built in time.</summary>
    public async Task<bool> WaitUntilLoadedAsync(CancellationToken cancellationToken)
    {
        if (!_loaded.Task.IsCompleted)
            await Task.WhenAny(_loaded.Task, Task.Delay(LongestWait, time, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        return _loaded.Task.IsCompleted;
    }

    public void MarkLoaded() => _loaded.TrySetResult();

    public EventPage Find(EventQuery query) => Read(generation => generation.Find(query));

    public int RevisionOf(string eventId) => Read(generation => generation.RevisionOf(eventId));

    public void Apply(Event @event) => Apply([@event]);

    /// <summary>Takes over what is newer than what is known; drafts are in no list.</summary>
    public void Apply(IReadOnlyCollection<Event> events)
    {
        lock (_writers)
            Write(generation => generation.AddRange(events.Where(@event => !@event.IsDraft)));
    }

    /// <summary>Builds the index anew when old revisions make up half of it. Readers go on with the old one meanwhile.</summary>
    public void CompactIfWorthwhile()
    {
        lock (_writers)
        {
            if (_generation.OutdatedCount <= _generation.Count + ToleratedOutdated)
                return;
            var compact = new IndexGeneration();
            compact.AddRange(_generation.Current);
            Write(_ => _generation = compact);
        }
    }

    public void Dispose() => _lock.Dispose();

    private T Read<T>(Func<IndexGeneration, T> read)
    {
        _lock.EnterReadLock();
        try
        {
            return read(_generation);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    private void Write(Action<IndexGeneration> write)
    {
        _lock.EnterWriteLock();
        try
        {
            write(_generation);
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }
}
