namespace Evently.Load.Report;

/// <summary>A line of the scoreboard, and what it should be. The first target is absolute, the second of the ratio to the ceiling in the same round.</summary>
/// <param name="Decimals">That are shown.</param>
/// <param name="IsAside">Of the measurement more than of the host: printed last.</param>
internal sealed record Figure(string Name, int Decimals, Target? Target = null, Target? RatioTarget = null, bool IsAside = false)
{
    public static readonly Figure Holds = new("holds a second, warm", 0, Target.AtLeast(8_000), Target.AtLeast(0.4));
    public static readonly Figure HoldCpu = new("  CPU ms a hold (ratio: of the ceiling's)", 3);
    public static readonly Figure ColdHolds = new("holds a second, first 6 s after the start", 0, Target.AtLeast(5_000));

    public static readonly Figure Purchases = new("purchases a second, settled, warm", 0, Target.AtLeast(2_000), Target.AtLeast(0.1));
    public static readonly Figure PurchaseCpu = new("  CPU ms a purchase, settled", 3, Target.AtMost(0.8));
    public static readonly Figure Settling = new("  s until all is counted, after the last answer", 2);
    public static readonly Figure ColdPurchases = new("purchases a second, settled, first 8 s", 0, Target.AtLeast(1_200));

    public static readonly Figure HalfLoad = new("hold at half of the reached load: holds a second", 0);
    public static readonly Figure HoldMedian = new("  ms from the intended start, median", 1);
    public static readonly Figure HoldTail = new("  ms from the intended start, 99 %", 1, Target.AtMost(25));
    public static readonly Figure HoldFarTail = new("  ms from the intended start, 99.9 %", 1);
    public static readonly Figure Lag = new("  ms of the generator's own lag, 99 %", 1);

    public static readonly Figure Refusals = new("refusals a second of a seat known to be gone", 0, Target.AtLeast(18_970));
    public static readonly Figure RefusalWrites = new("  4 KB pages written a refusal (the tally's, once a second)", 3, Target.AtMost(0.01));

    public static readonly Figure MapBytes = new("seat map of 20,000 seats, half of them held, KB sent", 2, Target.AtMost(6));
    public static readonly Figure FreshMapBytes = new("  nothing held, KB sent", 2);
    public static readonly Figure Maps = new("  maps a second", 0, Target.AtLeast(5_000));
    public static readonly Figure UnchangedMaps = new("  answers 304 a second", 0, Target.AtLeast(15_000));

    public static readonly Figure SeatsCost = new("CPU of a hold among 100,000 seats over one among 1,000", 2, Target.AtMost(1.1));

    public static readonly Figure IdleMemory = new("memory when idle, MB", 0, Target.AtMost(120));
    public static readonly Figure IdlePrivate = new("  private when idle", 0);
    public static readonly Figure SaleMemory = new("memory while the hall is sold, MB at most", 0, Target.AtMost(250));
    public static readonly Figure SalePrivate = new("  private while the hall is sold", 0);

    public static readonly Figure Start = new("s from start to first answer, the whole sale stored", 2, Target.AtMost(2));
    public static readonly Figure StartAfterKill = new("  the same after a kill", 2);
    public static readonly Figure EmptyStart = new("  the same before anything is sold", 2);

    public static readonly Figure Failures = new("visits that failed", 0, Target.AtMost(0), IsAside: true);
    public static readonly Figure Refused = new("visits that were asked to come later", 0, IsAside: true);
    public static readonly Figure Ceiling = new("ceiling: holds a second", 0, IsAside: true);
    public static readonly Figure OwnCpu = new("generator: CPU ms a visit", 3, IsAside: true);
    public static readonly Figure Others = new("machine: % of it that others had", 0, IsAside: true);
}

/// <param name="IsLeast">Else the most.</param>
internal sealed record Target(double Value, bool IsLeast)
{
    public static Target AtLeast(double value) => new(value, true);

    public static Target AtMost(double value) => new(value, false);

    public bool IsMetBy(double value) => IsLeast ? value >= Value : value <= Value;

    public override string ToString() => $"{(IsLeast ? ">=" : "<=")} {Value:#,0.##}";
}
