using System.Diagnostics.Metrics;

namespace Evently.Shared.Storage.Embedded;

/// <summary>Meter <c>Evently.Storage</c>: how the one writer of the data file keeps up.</summary>
internal sealed class WriterMetrics
{
    private readonly Histogram<int> _batch;
    private readonly Histogram<double> _commit;

    /// <param name="waiting">Units that wait for the writer.</param>
    /// <param name="logBytes">Size of the write-ahead log.</param>
    public WriterMetrics(IMeterFactory meters, Func<int> waiting, Func<long> logBytes)
    {
        var meter = meters.Create(DynamoDb.TableMetrics.MeterName);
        meter.CreateObservableGauge("evently.writer.waiting", waiting, "{write}", "Writes that wait for the data file's writer.");
        meter.CreateObservableGauge("evently.writer.log", logBytes, "By", "Size of the data file's write-ahead log.");
        _batch = meter.CreateHistogram<int>("evently.writer.batch", "{write}", "Writes that shared a transaction and its flush.");
        _commit = meter.CreateHistogram<double>("evently.writer.commit", "s", "From the beginning of a transaction to its flush.");
    }

    public void Committed(int units, TimeSpan took)
    {
        _batch.Record(units);
        _commit.Record(took.TotalSeconds);
    }
}
