using HdrHistogram;

namespace Evently.Load.Loops;

/// <summary>What came of a measurement so far: outcomes, latencies, and the first words of what failed.</summary>
internal sealed class LoadRecord
{
    /// <summary>Of a latency, in microseconds; what took longer counts as this.</summary>
    private const long LongestMicroseconds = 120_000_000;

    private const int Digits = 3;
    private const int RememberedFailures = 5;

    private readonly Lock _gate = new();
    private readonly long[] _outcomes = new long[Enum.GetValues<Outcome>().Length];
    private readonly LongHistogram _latency = new(LongestMicroseconds, Digits);
    private readonly LongHistogram _lag = new(LongestMicroseconds, Digits);
    private readonly HashSet<string> _failures = [];

    public long this[Outcome outcome] => Interlocked.Read(ref _outcomes[(int)outcome]);

    public long Visits => _outcomes.Sum();

    /// <summary>What was said of the first failures, for a person to read.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    public void Add(Outcome outcome, TimeSpan latency)
    {
        lock (_gate)
        {
            _outcomes[(int)outcome]++;
            _latency.RecordValue(Microseconds(latency));
        }
    }

    /// <summary>How much later than intended this generator did its part.</summary>
    public void AddLag(TimeSpan lag)
    {
        lock (_gate)
            _lag.RecordValue(Microseconds(lag));
    }

    public void Remember(string failure)
    {
        lock (_gate)
        {
            if (_failures.Count < RememberedFailures)
                _failures.Add(failure);
        }
    }

    /// <param name="percentile">Such as 99.9.</param>
    public TimeSpan Latency(double percentile) => ValueAt(_latency, percentile);

    /// <param name="percentile">Such as 99.9.</param>
    public TimeSpan Lag(double percentile) => ValueAt(_lag, percentile);

    public string Show() =>
        $"won {this[Outcome.Won]:N0}, lost {this[Outcome.Lost]:N0}, refused {this[Outcome.Refused]:N0}, failed {this[Outcome.Failed]:N0}"
        + string.Concat(_failures.Select(failure => "\n    " + failure));

    private static long Microseconds(TimeSpan time) => Math.Clamp(time.Ticks / TimeSpan.TicksPerMicrosecond, 0, LongestMicroseconds);

    private static TimeSpan ValueAt(LongHistogram histogram, double percentile) =>
        histogram.TotalCount == 0 ? TimeSpan.Zero : TimeSpan.FromMicroseconds(histogram.GetValueAtPercentile(percentile));
}
