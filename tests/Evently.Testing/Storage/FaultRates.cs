using Evently.Shared.Storage;
namespace Evently.Testing.Storage;

/// <summary>How often each fault happens, from 0 to 1; the sum of a call's kinds is at most 1.</summary>
public sealed record FaultRates
{
    public double Unavailable { get; init; }

    public double Throttled { get; init; }

    public double UnknownAfterWrite { get; init; }

    public double UnknownWithoutWrite { get; init; }

    /// <summary>Of reads.</summary>
    public double Stale { get; init; }

    /// <summary>A plan that draws from <paramref name="random"/>: the same seed and the same calls give the same faults.</summary>
    public FaultPlan Draw(Random random) => call =>
    {
        var drawn = random.NextDouble();
        foreach (var (fault, rate) in call.IsWrite ? ForWrites : ForReads)
        {
            drawn -= rate;
            if (drawn < 0)
                return fault;
        }

        return TableFault.None;
    };

    private (TableFault Fault, double Rate)[] ForReads => [(TableFault.Unavailable, Unavailable), (TableFault.Throttled, Throttled), (TableFault.Stale, Stale)];

    private (TableFault Fault, double Rate)[] ForWrites =>
    [
        (TableFault.Unavailable, Unavailable),
        (TableFault.Throttled, Throttled),
        (TableFault.UnknownAfterWrite, UnknownAfterWrite),
        (TableFault.UnknownWithoutWrite, UnknownWithoutWrite),
    ];
}
