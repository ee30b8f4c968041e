using Evently.Shared.Messaging.Hosting;
using Evently.Shared.Messaging.Instances;
using Evently.Shared.Messaging.Local;
using Evently.Shared.Storage;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Messaging.Sagas;

/// <summary>
/// Wakes the sagas whose due time has come: timer, retry and sweeper in one. Its shards are dealt out over the instances that run it, so that each saga is
/// woken by one of them.
/// </summary>
internal abstract class DueWorker
{
    /// <summary>Instances that were due when the last step began and that it could not bring forward.</summary>
    public abstract int Overdue { get; }

    /// <summary>Fires what is due now.</summary>
    /// <returns>How many instances were woken.</returns>
    public abstract Task<int> RunOnceAsync(CancellationToken cancellationToken);
}

/// <inheritdoc/>
internal sealed partial class DueWorker<TSaga>(
    ModuleIdentity module,
    ModuleTable table,
    SagaItems<TSaga> items,
    LocalDispatcher dispatcher,
    IInstances instances,
    TimeProvider time,
    ILogger<DueWorker<TSaga>> logger) : DueWorker
    where TSaga : class, IVersionedSaga
{
    private const int Concurrency = 16;
    private const int FiredPerShard = 200;
    private const int PageEntries = 200;
    private const int PagesPerShard = 10;

    /// <summary>Remembered keys; beyond that the oldest knowledge is worth less than the memory.</summary>
    private const int MostStuck = 50_000;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>Where every question is paid, and what is in the index has waited already (<see cref="WatchWorker{TSaga}"/>).</summary>
    private static readonly TimeSpan MeteredInterval = TimeSpan.FromSeconds(5);

    // Only the step touches them, and steps don't overlap.
    private readonly Dictionary<ItemKey, Stuck> _stuck = [];
    private long? _lookedAt;
    private int _overdue;

    public override int Overdue => Volatile.Read(ref _overdue);

    public override async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        if (table.IsMetered && _lookedAt is { } last && time.GetElapsedTime(last) < MeteredInterval)
            return 0;
        _lookedAt = time.GetTimestamp();
        var due = new List<IndexEntry>();
        var overdue = 0;
        Exception? failure = null;
        for (var shard = 0; shard < SagaItems<TSaga>.DueShards; shard++)
        {
            if (!instances.IsMine(shard, [module.QueueName]))
                continue;
            try
            {
                var (found, stuck) = await FindAsync(shard, cancellationToken);
                due.AddRange(found);
                overdue += stuck;
            }
            catch (TableUnavailableException exception)
            {
                // One shard that is not served holds up no other.
                failure = exception;
            }
        }

        Volatile.Write(ref _overdue, overdue);
        Forget();
        await Parallel.ForEachAsync(
            due,
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken },
            (entry, token) => FireAsync(entry, token));
        return due.Count > 0 || failure is null ? due.Count : throw failure;
    }

    /// <summary>What to fire of one shard. Entries that were fired and are still there pause, so that a broken instance holds up nobody else.</summary>
    private async Task<(List<IndexEntry> Due, int Stuck)> FindAsync(int shard, CancellationToken cancellationToken)
    {
        var due = new List<IndexEntry>();
        var stuck = 0;
        IndexEntry? after = null;
        for (var page = 0; page < PagesPerShard && due.Count < FiredPerShard; page++)
        {
            var entries = await table.QueryIndexAsync(
                new IndexQuery(items.DuePartition(shard), SagaItems<TSaga>.DueBy(time.GetUtcNow()), PageEntries, After: after),
                cancellationToken);
            foreach (var entry in entries.Entries)
            {
                if (MayFire(entry, out var wasFired))
                    due.Add(entry);
                if (wasFired)
                    stuck++;
            }

            after = entries.Next;
            if (after is null)
                break;
        }

        return (due, stuck);
    }

    private bool MayFire(IndexEntry entry, out bool wasFired)
    {
        var firings = 0;
        wasFired = _stuck.TryGetValue(entry.Key, out var stuck) && stuck.IndexSort == entry.IndexSort;
        if (wasFired)
        {
            if (time.GetElapsedTime(stuck.FiredAt) < stuck.Pause)
                return false;
            firings = stuck.Firings;
        }

        var pause = FirstPause * Math.Pow(2, firings);
        _stuck[entry.Key] = new Stuck(entry.IndexSort, firings + 1, time.GetTimestamp(), pause < LongestPause ? pause : LongestPause);
        return true;
    }

    private void Forget()
    {
        if (_stuck.Count > MostStuck)
            _stuck.Clear();
        foreach (var (key, stuck) in _stuck)
        {
            // Long past its pause and not seen again: it went on.
            if (time.GetElapsedTime(stuck.FiredAt) > stuck.Pause + LongestPause)
                _stuck.Remove(key);
        }
    }

    private async ValueTask FireAsync(IndexEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            var message = items.Store.DueMessage(items.Store.CorrelationIdOf(entry.Key), SagaItems<TSaga>.DueTimeOf(entry));
            await dispatcher.DispatchAsync(new LocalMessage((ILocalMessage)message, TraceParent: null), cancellationToken);
        }
#pragma warning disable CA1031 // One broken instance must not stop the others; its entry stays and is tried again.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Log.Failed(logger, typeof(TSaga).Name, entry.Key, exception);
        }
    }

    /// <param name="FiredAt">A timestamp.</param>
    private readonly record struct Stuck(string IndexSort, int Firings, long FiredAt, TimeSpan Pause);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Waking {Saga} {Key} failed; it will be woken again")]
        public static partial void Failed(ILogger logger, string saga, ItemKey key, Exception exception);
    }
}
