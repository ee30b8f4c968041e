using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Microsoft.Extensions.Logging;

namespace Evently.Analytics.Counting;

/// <summary>Goes on with batches that were left half counted (<see cref="CountInParts"/>). One instance does it, as with the rollup; two do no harm.</summary>
internal sealed partial class FinishBatches(
    ModuleTable<AnalyticsModule> table, CountInParts counter, TimeProvider time, UnreadableItems unreadable, ILogger<FinishBatches> logger)
{
    private const int PageRows = 100;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    private long? _lastRun;

    /// <returns>How many batches it found.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        if (!table.IsMetered || (_lastRun is { } last && time.GetElapsedTime(last) < Interval))
            return 0;
        _lastRun = time.GetTimestamp();
        var found = 0;
        var left = SortRange.AtMost(Ulid.FirstAt(time.GetUtcNow() - CountInParts.LeftAfter).ToString());
        for (var shard = 0; shard < Keys.BatchShards; shard++)
        {
            var page = await table.QueryAsync(new Query(Keys.Batches(shard), left, Consistency.Strong, PageRows), cancellationToken);
            foreach (var item in page.Items)
            {
                found++;
                if (unreadable.TryRead(item, BatchRow.Read) is { } batch)
                    await TryFinishAsync(batch, cancellationToken);
            }
        }

        return found;
    }

    private async Task TryFinishAsync(BatchRow batch, CancellationToken cancellationToken)
    {
        try
        {
            await counter.FinishAsync(batch, cancellationToken);
        }
#pragma warning disable CA1031 // One batch that can't be finished keeps no other from it; it is tried again.
        catch (Exception exception) when (exception is not (OperationCanceledException or TableUnavailableException))
#pragma warning restore CA1031
        {
            Log.Failed(logger, batch.Id, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The bookings of batch {Batch} could not be counted; they are tried again")]
        public static partial void Failed(ILogger logger, Ulid batch, Exception exception);
    }
}
