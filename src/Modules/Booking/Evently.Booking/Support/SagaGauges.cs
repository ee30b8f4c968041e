using System.Diagnostics.Metrics;
using Evently.Booking.Holds;
using Evently.Booking.Sagas;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Evently.Booking.Support;

/// <summary>Samples the waiting saga instances from the due index: how many by state, and how many are overdue. Bounded by <see cref="MaxWaiting"/>.</summary>
internal sealed partial class SagaGauges : BackgroundService
{
    /// <summary>Those that are due first, so that none that is overdue is left out for one that is not.</summary>
    private const int MaxWaiting = 1_000;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private readonly SupportFinder _finder;
    private readonly TimeProvider _time;
    private readonly ILogger<SagaGauges> _logger;
    private volatile IReadOnlyList<Measurement<int>> _byState = [];
    private volatile int _overdue;

    public SagaGauges(SupportFinder finder, IMeterFactory meters, TimeProvider time, ILogger<SagaGauges> logger)
    {
        (_finder, _time, _logger) = (finder, time, logger);
        var meter = meters.Create(HoldMetrics.Name);
        meter.CreateObservableGauge("evently.sagas.waiting", () => _byState, "{saga}", "Saga instances that wait for something, by state; at most 1,000 are counted.");
        meter.CreateObservableGauge("evently.sagas.overdue", () => _overdue, "{saga}", "Saga instances that should have been woken a while ago; at most 1,000 are counted.");
    }

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var page = await _finder.ListWaitingAsync(overdueOnly: false, MaxWaiting, after: null, cancellationToken);
        var waiting = page.Sagas.Select(read => read.Saga).OfType<BookingSaga>().ToList();
        var now = _time.GetUtcNow();
        _byState = [.. SagaWords.AllStates.Select(state => new Measurement<int>(
            waiting.Count(saga => SagaWords.Of(saga.State) == state), new KeyValuePair<string, object?>("state", state)))];
        _overdue = waiting.Count(saga => SagaWords.IsOverdue(saga, now));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
#pragma warning disable CA1031 // A gauge that can't be read now is read later; nothing depends on it.
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031 // See above.
            {
                Log.NotSampled(_logger, exception);
            }

            await Task.Delay(Interval, _time, stoppingToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The waiting sagas could not be counted")]
        public static partial void NotSampled(ILogger logger, Exception exception);
    }
}
