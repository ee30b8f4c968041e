using System.Diagnostics.Metrics;

namespace Evently.Shared.Messaging;

/// <summary>Meter <c>Evently.Messaging</c>. The gauges are those of <see cref="Hosting.MessagingGauges"/>.</summary>
internal sealed class MessagingMetrics
{
    public const string MeterName = "Evently.Messaging";
    private readonly Counter<long> _handled;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _died;

    public MessagingMetrics(IMeterFactory meters)
    {
        Meter = meters.Create(MeterName);
        _handled = Meter.CreateCounter<long>("evently.messaging.handled", "{message}", "Messages handled and deleted.");
        _failed = Meter.CreateCounter<long>("evently.messaging.failed", "{message}", "Deliveries that failed.");
        _died = Meter.CreateCounter<long>("evently.messaging.died", "{message}", "Messages that were given up and are dead letters.");
    }

    public Meter Meter { get; }

    public void Handled(string module) => _handled.Add(1, new KeyValuePair<string, object?>("module", module));

    public void Failed(string module) => _failed.Add(1, new KeyValuePair<string, object?>("module", module));

    public void Died(string module) => _died.Add(1, new KeyValuePair<string, object?>("module", module));
}
