using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Evently.Shared.Telemetry.Aws;

/// <summary>Source and meter <c>Evently.Aws</c>: the calls of the AWS SDK, by OpenTelemetry's conventions for databases, messaging and the AWS SDK.</summary>
internal sealed class AwsTelemetry : IDisposable
{
    public const string Name = "Evently.Aws";

    /// <summary>In every request of the SDK. Its calls have spans of their own, so that those of the HTTP client under them are left out.</summary>
    private const string InvocationHeader = "amz-sdk-invocation-id";

    /// <summary>The conventions' advice for both histograms, seconds; with one more, because a poll of SQS takes up to 20 s.</summary>
    private static readonly InstrumentAdvice<double> Buckets = new() { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 21] };

    public AwsTelemetry(IMeterFactory meters, TimeProvider time)
    {
        var meter = meters.Create(Name);
        TableDuration = meter.CreateHistogram("db.client.operation.duration", "s", "Calls of the database.", tags: null, Buckets);
        QueueDuration = meter.CreateHistogram("messaging.client.operation.duration", "s", "Calls of the queues.", tags: null, Buckets);
        Time = time;
    }

    public ActivitySource Source { get; } = new(Name);

    public Histogram<double> TableDuration { get; }

    public Histogram<double> QueueDuration { get; }

    public TimeProvider Time { get; }

    /// <summary>What is under way. A loop may still carry a request that is long over; what it calls is not that request's.</summary>
    public static Activity? Current => Activity.Current is { IsStopped: false } current ? current : null;

    public static bool IsCall(HttpRequestMessage request) => request.Headers.Contains(InvocationHeader);

    public void Dispose() => Source.Dispose();
}
