using Evently.Analytics.Counting;
using Evently.Shared.Storage;
using Microsoft.Extensions.Logging;
using Quartz;

namespace Evently.Analytics.Rollups;

/// <summary>Quartz's side of <see cref="RollUpTimelines"/> and <see cref="FinishBatches"/>.</summary>
[DisallowConcurrentExecution]
internal sealed partial class RollUpJob(RollUpTimelines rollups, FinishBatches batches, ILogger<RollUpJob> logger) : IJob
{
    public static readonly JobKey Key = new("roll-up-timelines");

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        try
        {
            if ((await rollups.RunOnceAsync(cancellationToken)).Held)
                await batches.RunOnceAsync(cancellationToken);
        }
        catch (TableUnavailableException exception)
        {
            // What is pending stays in the index; the next run finds it.
            Log.PutOff(logger, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The store could not serve a rollup; the next run continues")]
        public static partial void PutOff(ILogger logger, Exception exception);
    }
}
