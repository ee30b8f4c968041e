using Evently.Analytics.Catalog;
using Evently.Analytics.Counting;
using Evently.Shared.Storage;
using Microsoft.Extensions.Logging;

namespace Evently.Analytics.Rollups;

/// <param name="Held">False when another instance has the lease; then nothing was done.</param>
/// <param name="Events">How many events were brought up to date.</param>
internal readonly record struct RollupOutcome(bool Held, int Events);

/// <summary>
/// Moves the minutes that the counter items carry into the timeline's minutes, hours and days, and brings the sorted list of events up to
/// date. A figure is either in a counter item or in the timeline, never in both: one transaction moves it, guarded by the counter item's
/// version. So a run that is repeated, interrupted or doubled has the same result, and a message that comes late is moved by a later run.
/// </summary>
internal sealed partial class RollUpTimelines(ModuleTable<AnalyticsModule> table, RollupLease lease, TimeProvider time, ILogger<RollUpTimelines> logger)
{
    /// <summary>Events a run visits, oldest facts first; the next run goes on.</summary>
    private const int EventsPerRun = 200;

    /// <summary>Passes over one event a run: more than one when facts arrive meanwhile or an outage left several hours behind.</summary>
    private const int PassesPerEvent = 8;

    /// <summary>Minutes a transaction moves; keeps its update expressions under DynamoDB's 4 KB.</summary>
    private const int MinutesPerMove = 10;

    /// <summary>Times of bookings a transaction collapses, for the same reason.</summary>
    private const int TimesPerMove = 100;

    /// <summary>Old marks of batches that a transaction removes, likewise.</summary>
    private const int MarksPerMove = 10;

    public async Task<RollupOutcome> RunOnceAsync(CancellationToken cancellationToken)
    {
        var pending = await FindPendingAsync(cancellationToken);
        if (pending.Count == 0)
            return new RollupOutcome(true, 0);

        var done = 0;
        foreach (var eventId in pending)
        {
            if (!await lease.TryHoldAsync(cancellationToken))
                return new RollupOutcome(false, done);
            try
            {
                for (var pass = 0; pass < PassesPerEvent && !await TryRollUpAsync(eventId, cancellationToken); pass++)
                {
                }

                done++;
            }
#pragma warning disable CA1031 // One event that can't be rolled up keeps no other from it; it stays in the index.
            catch (Exception exception) when (exception is not (OperationCanceledException or TableUnavailableException))
#pragma warning restore CA1031
            {
                Log.Failed(logger, eventId, exception);
            }
        }

        return new RollupOutcome(true, done);
    }

    private async ValueTask<IReadOnlyCollection<string>> FindPendingAsync(CancellationToken cancellationToken)
    {
        List<IndexEntry> entries = [];
        for (var shard = 0; shard < Keys.PendingShards; shard++)
        {
            var page = await table.QueryIndexAsync(new IndexQuery(Keys.Pending(shard), SortRange.All, EventsPerRun), cancellationToken);
            entries.AddRange(page.Entries);
        }

        return [.. entries.OrderBy(entry => entry.IndexSort, StringComparer.Ordinal).Select(entry => Keys.EventOfPending(entry.Key)).Distinct(StringComparer.Ordinal).Take(EventsPerRun)];
    }

    /// <summary>One pass over an event. False when something is left: facts arrived meanwhile, or there was more than one move can take.</summary>
    private async ValueTask<bool> TryRollUpAsync(string eventId, CancellationToken cancellationToken)
    {
        var items = await table.GetManyAsync([Keys.Event(eventId), .. Keys.AllCounts(eventId)], Consistency.Strong, cancellationToken);

        // The list first, from what was just read: an item leaves the index only if it is still as it was read, so the list can't miss a change.
        if (EventReplica.Read(items[0]) is { } known)
            await table.WriteAsync(ListedEvent.ToWrite(known, EventCounts.Read(items.Skip(1)), items[0]![EventReplica.Version].Number), cancellationToken);

        var isDone = true;
        if (IsPending(items[0]))
            isDone = (await table.WriteAsync(LeaveIndex(items[0]!), cancellationToken)).Applied;
        foreach (var item in items.Skip(1).Where(IsPending))
            isDone &= await TryMoveAsync(eventId, item!, cancellationToken);
        return isDone;
    }

    private async ValueTask<bool> TryMoveAsync(string eventId, Item item, CancellationToken cancellationToken)
    {
        var all = CountItem.PendingOf(item).OrderBy(figure => figure.Minute).ToList();
        var moved = Earliest(all);
        var allTimes = CountItem.TimesOf(item).ToList();
        var times = allTimes.Take(TimesPerMove).ToList();
        var isLast = moved.Count == all.Count && times.Count == allTimes.Count;

        List<Change> changes = [.. moved.Select(figure => Change.Remove(figure.Name)), .. times.Select(entry => Change.Remove(entry.Name))];
        if (times.Count > 0)
        {
            var kept = item.Has(CountItem.LastBooking) ? item[CountItem.LastBooking].Number : 0;
            changes.Add(Change.Set(CountItem.LastBooking, Math.Max(kept, times.Max(entry => entry.Ticks))));
        }

        changes.AddRange(CountItem.OldMarksOf(item, time.GetUtcNow()).Take(MarksPerMove).Select(Change.Remove));
        changes.Add(Change.Add(CountItem.Version, 1));
        if (isLast)
            changes.AddRange([Change.Remove(WellKnown.IndexPartition), Change.Remove(WellKnown.IndexSort)]);

        List<Write> writes = [Write.Update(item.Key, changes, Condition.Equal(CountItem.Version, item[CountItem.Version]))];
        foreach (var granularity in Enum.GetValues<Granularity>())
            writes.AddRange(BucketWrites(eventId, granularity, moved));
        return (await table.TransactAsync(writes, cancellationToken)).Applied && isLast;
    }

    /// <summary>The oldest figures that share an hour, so that a move touches one item of each granularity.</summary>
    private static List<PendingFigure> Earliest(List<PendingFigure> ordered)
    {
        if (ordered.Count == 0)
            return [];
        var hour = Timeline.StartOf(Granularity.Hour, ordered[0].Minute);
        var minutes = ordered.Select(figure => figure.Minute).Distinct().Take(MinutesPerMove).TakeWhile(minute => Timeline.StartOf(Granularity.Hour, minute) == hour).ToHashSet();
        return ordered.FindAll(figure => minutes.Contains(figure.Minute));
    }

    private static IEnumerable<Write> BucketWrites(string eventId, Granularity granularity, List<PendingFigure> moved) =>
        moved
            .GroupBy(figure => Timeline.PlaceOf(granularity, figure.Minute).Span)
            .Select(span => Write.Update(
                new ItemKey(Keys.Timeline(eventId), Keys.TimelineSort(granularity, span.Key)),
                [.. span
                    .GroupBy(figure => $"{Timeline.PlaceOf(granularity, figure.Minute).Slot}{Timeline.LetterOf(figure.Figure)}", StringComparer.Ordinal)
                    .Select(bucket => Change.Add(bucket.Key, bucket.Sum(figure => figure.Amount)))],
                Condition.Always));

    private static Write LeaveIndex(Item replica) => Write.Update(
        replica.Key,
        [Change.Remove(WellKnown.IndexPartition), Change.Remove(WellKnown.IndexSort)],
        Condition.Equal(EventReplica.Version, replica[EventReplica.Version]));

    private static bool IsPending(Item? item) => item?.Has(WellKnown.IndexPartition) == true;

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The figures of {EventId} could not be rolled up; they are tried again with the next run")]
        public static partial void Failed(ILogger logger, string eventId, Exception exception);
    }
}
