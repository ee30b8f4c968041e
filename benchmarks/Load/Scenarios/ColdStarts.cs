using Evently.Load.Report;

namespace Evently.Load.Scenarios;

/// <summary>A host that has just started meets the crowd at once: nothing is compiled well or cached yet.</summary>
internal static class ColdStarts
{
    private static readonly TimeSpan FirstHolds = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan FirstPurchases = TimeSpan.FromSeconds(8);

    public static async Task RunAsync(Bench bench)
    {
        for (var round = 1; round <= bench.Options.Rounds; round++)
        {
            Console.WriteLine($"cold, round {round} of {bench.Options.Rounds}");
            var ceiling = await bench.CeilingAsync();
            await using (var site = await bench.OpenAsync())
            {
                bench.Board.Add(Figure.EmptyStart, site.Host.StartedIn.TotalSeconds);
                var holds = await site.HoldsAsync(bench.OpeningNight, bench.Options.Clients, FirstHolds);
                bench.Board.Add(Figure.ColdHolds, holds.WonPerSecond, ceiling.WonPerSecond);
            }

            ceiling = await bench.CeilingAsync();
            await using (var site = await bench.OpenAsync())
            {
                var purchases = await site.PurchasesAsync(bench.OpeningNight, FirstPurchases);
                bench.Board.Add(Figure.ColdPurchases, purchases.WonPerSecond, ceiling.WonPerSecond);
            }
        }
    }
}
