namespace Evently.Analytics;

internal static class Rates
{
    /// <summary><paramref name="part"/> of <paramref name="whole"/> in per cent, rounded to two decimals; 0 of nothing.</summary>
    public static decimal PerCent(long part, long whole) =>
        whole <= 0 ? 0m : Math.Round(100m * part / whole, 2, MidpointRounding.AwayFromZero);
}
