using Evently.Load.Scenarios;

namespace Evently.Load;

/// <summary>The scenarios by name.</summary>
internal static class Catalog
{
    private static readonly Dictionary<string, Func<Bench, Task>> Scenarios = new()
    {
        ["holds"] = bench => WarmRounds.RunAsync(bench, WarmRounds.HoldsAsync),
        ["purchases"] = bench => WarmRounds.RunAsync(bench, WarmRounds.PurchasesAsync),
        ["latency"] = bench => WarmRounds.RunAsync(bench, WarmRounds.LatencyAsync),
        ["refusals"] = bench => WarmRounds.RunAsync(bench, WarmRounds.RefusalsAsync),
        ["maps"] = bench => WarmRounds.RunAsync(bench, WarmRounds.MapsAsync),
        ["seats"] = bench => WarmRounds.RunAsync(bench, WarmRounds.SeatsCostAsync),
        ["warm"] = bench => WarmRounds.RunAsync(bench, WarmRounds.All),
        ["cold"] = ColdStarts.RunAsync,
        ["sale"] = WholeSale.RunAsync,
        ["curves"] = Curves.RunAsync,
        ["stampede"] = Stampede.RunAsync,
        ["all"] = AllAsync,
    };

    public static string Names => string.Join(", ", Scenarios.Keys);

    /// <exception cref="FormatException">There is no such scenario.</exception>
    public static Func<Bench, Task> Find(string name) =>
        Scenarios.TryGetValue(name, out var scenario) ? scenario : throw new FormatException($"There is no scenario {name}; there are {Names}.");

    private static async Task AllAsync(Bench bench)
    {
        await WarmRounds.RunAsync(bench, WarmRounds.All);
        await ColdStarts.RunAsync(bench);
        await WholeSale.RunAsync(bench);
        await Curves.RunAsync(bench);
        await Stampede.RunAsync(bench);
    }
}
