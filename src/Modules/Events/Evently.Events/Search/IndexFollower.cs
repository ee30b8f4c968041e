using Evently.Shared.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Evently.Events.Search;

/// <summary>Builds the index from the table at start, then follows the feed of changes that other instances write.</summary>
internal sealed class IndexFollower(EventStore events, EventIndex index, TimeProvider time)
{
    /// <summary>
    /// How far each look into the feed reaches back behind the one before: ids are made before their commit, clocks differ, and
    /// eventual reads lag.
    /// </summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromSeconds(15);

    private DateTimeOffset? _followedUntil;

    /// <returns>How many events were read.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var started = time.GetUtcNow();
        var read = _followedUntil is { } until && started - until < EventStore.FeedRetention - Overlap
            ? await FollowAsync(until - Overlap, cancellationToken)
            : await LoadAsync(cancellationToken);
        _followedUntil = started;
        index.CompactIfWorthwhile();
        return read;
    }

    private async Task<int> LoadAsync(CancellationToken cancellationToken)
    {
        var all = new List<Event>();
        await foreach (var page in events.ReadAllAsync(cancellationToken))
            all.AddRange(page);
        index.Apply(all);
        index.MarkLoaded();
        return all.Count;
    }

    private async Task<int> FollowAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        var newer = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var (eventId, revision) in events.ReadFeedAsync(since, cancellationToken))
        {
            if (revision > index.RevisionOf(eventId))
                newer.Add(eventId);
        }

        if (newer.Count == 0)
            return 0;
        var changed = await events.FindManyAsync(newer, cancellationToken);
        index.Apply(changed);
        return changed.Count;
    }
}

/// <summary>Runs the follower once a second, so that a change is found everywhere within two.</summary>
internal sealed partial class IndexFollowerService(IndexFollower follower, TimeProvider time, ILogger<IndexFollowerService> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await follower.RunOnceAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Nothing that the index meets may end the process; a list that is a little late is the worst of it.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Log.StoreUnavailable(logger, exception);
            }

            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The event index could not be brought up to date; it is tried again")]
        public static partial void StoreUnavailable(ILogger logger, Exception exception);
    }
}
