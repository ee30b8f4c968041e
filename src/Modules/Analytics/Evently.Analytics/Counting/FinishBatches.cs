using System.Diagnostics.Metrics;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Microsoft.Extensions.Logging;

namespace Evently.Analytics.Counting;

/// <summary>Goes on with batches that were left half counted (<see cref="CountInParts"/>). One instance does it, as with the rollup; two do no harm.</summary>
internal sealed partial class FinishBatches
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    private readonly ModuleTable<AnalyticsModule> _table;
    private readonly CountInParts _counter;
    private readonly TimeProvider _time;
    private readonly UnreadableItems _unreadable;
    private readonly ILogger<FinishBatches> _logger;
    private long? _lastRun;
    private volatile int _stuck;

    public FinishBatches(
        ModuleTable<AnalyticsModule> table, CountInParts counter, TimeProvider time, UnreadableItems unreadable, IMeterFactory meters, ILogger<FinishBatches> logger)
    {
        (_table, _counter, _time, _unreadable, _logger) = (table, counter, time, unreadable, logger);
        meters.Create("Evently.Analytics").CreateObservableGauge(
            "evently.analytics.batches.stuck", () => _stuck, "{batch}", "Batches of bookings that can't be counted, as this instance last tried.");
    }

    /// <returns>How many batches it found.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        if (!_table.IsMetered || (_lastRun is { } last && _time.GetElapsedTime(last) < Interval))
            return 0;
        _lastRun = _time.GetTimestamp();
        var (found, stuck) = (0, 0);
        var left = SortRange.AtMost(Ulid.FirstAt(_time.GetUtcNow() - CountInParts.LeftAfter).ToString());
        for (var shard = 0; shard < Keys.BatchShards; shard++)
        {
            // All of them: those that can't be counted stay in front.
            await foreach (var item in _table.ScanPartitionAsync(Keys.Batches(shard), left, Consistency.Strong, cancellationToken))
            {
                found++;
                if (_unreadable.TryRead(item, BatchRow.Read) is not { } batch || !await TryFinishAsync(batch, cancellationToken))
                    stuck++;
            }
        }

        _stuck = stuck;
        return found;
    }

    private async Task<bool> TryFinishAsync(BatchRow batch, CancellationToken cancellationToken)
    {
        try
        {
            await _counter.FinishAsync(batch, cancellationToken);
            return true;
        }
#pragma warning disable CA1031 // One batch that can't be finished keeps no other from it; it is tried again.
        catch (Exception exception) when (exception is not (OperationCanceledException or TableUnavailableException))
#pragma warning restore CA1031
        {
            Log.Failed(_logger, batch.Id, exception);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The bookings of batch {Batch} could not be counted; they are tried again")]
        public static partial void Failed(ILogger logger, Ulid batch, Exception exception);
    }
}
