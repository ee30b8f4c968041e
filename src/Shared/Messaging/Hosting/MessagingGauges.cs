using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Messaging.Hosting;

/// <summary>
/// What operations watches: depth and age of queues and outboxes, dead letters, overdue sagas; one series a module. Measured by a step, so
/// that a scrape asks nobody.
/// </summary>
internal sealed partial class MessagingGauges
{
    private readonly ModuleRuntimes _modules;
    private readonly QueueSet _queues;
    private readonly ILogger<MessagingGauges> _logger;
    private volatile IReadOnlyList<Reading> _readings = [];

    public MessagingGauges(ModuleRuntimes modules, QueueSet queues, MessagingMetrics metrics, ILogger<MessagingGauges> logger)
    {
        _modules = modules;
        _queues = queues;
        _logger = logger;
        Observe(metrics.Meter, "evently.outbox.depth", "{message}", "Committed messages that are not in the queues yet.", reading => reading.OutboxDepth);
        Observe(metrics.Meter, "evently.outbox.oldest_age", "s", "Age of the oldest of them.", reading => reading.OutboxAge.TotalSeconds);
        Observe(metrics.Meter, "evently.outbox.set_aside", "{message}", "Outbox rows that no running version can read or deliver.", reading => reading.SetAside);
        Observe(metrics.Meter, "evently.queue.depth", "{message}", "Messages that wait in the module's queue.", reading => reading.Queue.Depth);
        Observe(metrics.Meter, "evently.queue.in_flight", "{message}", "Messages received and not yet deleted.", reading => reading.Queue.InFlight);
        Observe(metrics.Meter, "evently.queue.oldest_age", "s", "Age of the oldest waiting message.", reading => reading.Queue.OldestAge?.TotalSeconds ?? 0);
        Observe(metrics.Meter, "evently.queue.dead_letters", "{message}", "Messages in the module's dead-letter queue.", reading => reading.Queue.DeadLetters);
        metrics.Meter.CreateObservableGauge("evently.local.backlog", LocalBacklogs, "{message}", "Local messages that wait or are handled in this process.");
        Observe(metrics.Meter, "evently.saga.overdue", "{saga}", "Sagas that were woken and did not move on.", reading => reading.Overdue);
    }

    /// <summary>Measures every module.</summary>
    /// <returns>How many were measured.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var readings = new List<Reading>(_modules.All.Count);
        foreach (var module in _modules.All)
        {
            try
            {
                readings.Add(await MeasureAsync(module, cancellationToken));
            }
#pragma warning disable CA1031 // One queue that does not answer hides no other; its last reading stays.
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                LogNotMeasured(exception, module.Identity.Name);
                readings.AddRange(_readings.Where(reading => reading.Module == module.Identity.Name));
            }
        }

        _readings = readings;
        return readings.Count;
    }

    private async Task<Reading> MeasureAsync(ModuleRuntime module, CancellationToken cancellationToken)
    {
        var queue = await _queues.OpenAsync(module.Identity.QueueName, cancellationToken);
        return new Reading(
            module.Identity.Name,
            await queue.FiguresAsync(cancellationToken),
            module.Relay.Depth + module.Sweeper.LastDepth,
            Longer(module.Relay.OldestAge, module.Sweeper.OldestAge),
            module.Sweeper.SetAside,
            module.DueWorkers.Sum(worker => worker.Overdue));
    }

    private IEnumerable<Measurement<int>> LocalBacklogs() => _modules.All.SelectMany(module => module.Backlog.Depths.Select(lane => new Measurement<int>(
        lane.Value,
        new KeyValuePair<string, object?>("module", module.Identity.Name),
        new KeyValuePair<string, object?>("lane", lane.Key))));

    private static TimeSpan Longer(TimeSpan? one, TimeSpan? other) =>
        TimeSpan.FromTicks(Math.Max(one.GetValueOrDefault().Ticks, other.GetValueOrDefault().Ticks));

    private void Observe(Meter meter, string name, string unit, string description, Func<Reading, double> value) => meter.CreateObservableGauge(
        name,
        () => _readings.Select(reading => new Measurement<double>(value(reading), new KeyValuePair<string, object?>("module", reading.Module))),
        unit,
        description);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The queue and outbox of {Module} could not be measured; the last figures stay")]
    private partial void LogNotMeasured(Exception exception, string module);

    private sealed record Reading(string Module, QueueFigures Queue, int OutboxDepth, TimeSpan OutboxAge, int SetAside, int Overdue);
}
