using System.Diagnostics.Metrics;
using Evently.Shared.Telemetry.Aws;

namespace Evently.Shared.Storage.DynamoDb;

/// <summary>Meter <c>Evently.Storage</c>: what the engine repeats, and what it gives up.</summary>
internal sealed class TableMetrics
{
    public const string MeterName = "Evently.Storage";

    /// <summary>A condition failed on an item that has changed since.</summary>
    private const string Changed = "changed";

    private readonly Counter<long> _retries;
    private readonly Counter<long> _givenUp;

    public TableMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _retries = meter.CreateCounter<long>("evently.table.retries", "{retry}", "Calls of the table that were repeated.");
        _givenUp = meter.CreateCounter<long>("evently.table.given_up", "{call}", "Calls of the table that failed when their retry budget was spent.");
    }

    public void Retried(Exception failure) => Count(_retries, failure);

    public void GaveUp(Exception failure) => Count(_givenUp, failure);

    private static void Count(Counter<long> counter, Exception failure)
    {
        if (counter.Enabled)
            counter.Add(1, new KeyValuePair<string, object?>("reason", ReasonOf(failure)));
    }

    /// <summary>What is thrown to the caller wraps what the client threw; alone, it tells of a batch that was served in part, which is how DynamoDB throttles those.</summary>
    private static string ReasonOf(Exception failure) => failure.InnerException is { } cause ? AwsErrors.TypeOf(cause) ?? Changed : AwsErrors.Throttled;
}
