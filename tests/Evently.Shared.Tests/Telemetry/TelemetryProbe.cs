using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Evently.Shared.Storage.DynamoDb;
using Evently.Shared.Telemetry.Aws;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Shared.Tests.Telemetry;

internal sealed record Measurement(string Name, double Value, IReadOnlyDictionary<string, object?> Tags);

/// <summary>Telemetry of the AWS calls that hears what it sends, and nobody else's.</summary>
internal sealed class TelemetryProbe : IDisposable
{
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ConcurrentQueue<Measurement> _measurements = new();
    private readonly ActivitySource _requests = new("test");
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ActivityListener _tracing;
    private readonly MeterListener _metering = new();

    public TelemetryProbe()
    {
        var meters = _services.GetRequiredService<IMeterFactory>();
        Aws = new AwsTelemetry(meters, TimeProvider.System);
        Table = new TableMetrics(meters);
        _tracing = new ActivityListener
        {
            ShouldListenTo = source => ReferenceEquals(source, Aws.Source) || ReferenceEquals(source, _requests),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (ReferenceEquals(span.Source, Aws.Source))
                    _spans.Enqueue(span);
            },
        };
        ActivitySource.AddActivityListener(_tracing);
        _metering.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters))
                self.EnableMeasurementEvents(instrument);
        };
        _metering.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _metering.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _metering.Start();
    }

    public AwsTelemetry Aws { get; }

    public TableMetrics Table { get; }

    /// <summary>Of the AWS calls, in the order of their ends.</summary>
    public IReadOnlyList<Activity> Spans => [.. _spans];

    /// <summary>For those who don't listen.</summary>
    public static TableMetrics NobodysMetrics() => new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>());

    public IReadOnlyList<Measurement> Of(string instrument) => [.. _measurements.Where(measurement => measurement.Name == instrument)];

    public Activity StartRequest() => _requests.StartActivity("request")!;

    public void Dispose()
    {
        _tracing.Dispose();
        _metering.Dispose();
        Aws.Dispose();
        _requests.Dispose();
        _services.Dispose();
    }

    private void Hear(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Dictionary<string, object?> copy = [];
        foreach (var (name, tag) in tags)
            copy.Add(name, tag);
        _measurements.Enqueue(new Measurement(instrument.Name, value, copy));
    }
}
