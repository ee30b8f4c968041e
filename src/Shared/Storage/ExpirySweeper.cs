using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Storage;

/// <summary>Removes expired items where the engine doesn't do it by itself.</summary>
internal sealed partial class ExpirySweeper(ITableEngine engine, TimeProvider time, ILogger<ExpirySweeper> logger) : BackgroundService
{
    /// <summary>Items removed in one step: bounds how long it blocks other writes.</summary>
    public const int ItemsPerStep = 200;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PauseBetweenSteps = TimeSpan.FromMilliseconds(50);

    /// <returns>True when there may be more to remove.</returns>
    public async Task<bool> RunOnceAsync(CancellationToken cancellationToken) =>
        engine is IExpirySweep sweep && await sweep.SweepExpiredAsync(ItemsPerStep, cancellationToken) == ItemsPerStep;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (engine is not IExpirySweep)
            return;
        while (!stoppingToken.IsCancellationRequested)
        {
            var isMoreLeft = false;
            try
            {
                isMoreLeft = await RunOnceAsync(stoppingToken);
            }
            catch (TableUnavailableException exception)
            {
                LogSweepFailed(exception);
            }

            await Task.Delay(isMoreLeft ? PauseBetweenSteps : Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Expired items could not be removed; the next round tries again")]
    private partial void LogSweepFailed(Exception exception);
}
