using Evently.Load.Loops;
using Evently.Load.Report;

namespace Evently.Load.Scenarios;

/// <summary>How holds fare as halls and crowds grow; each point beside the ceiling with as many clients.</summary>
internal static class Curves
{
    private const int HallForCrowds = 100_000;
    private const int FewestHolds = 2_000;
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(10);
    private static readonly int[] Halls = [1_000, 5_000, 20_000, 100_000];
    private static readonly int[] Crowds = [10, 100, 1_000, 10_000];

    public static async Task RunAsync(Bench bench)
    {
        await using var site = await bench.OpenAsync();
        await site.WarmUpAsync(WarmUpTime);
        for (var round = 1; round <= bench.Options.Rounds; round++)
        {
            Console.WriteLine($"curves, round {round} of {bench.Options.Rounds}");
            foreach (var seats in Halls)
                await HallAsync(site, seats);
            foreach (var clients in Crowds)
                await CrowdAsync(site, clients);
        }
    }

    private static async Task HallAsync(Site site, int seats)
    {
        var ceiling = await site.Bench.CeilingAsync();

        // A small hall is sold before a clock of CPU time has ticked often enough.
        var shows = new List<Stage.Show>();
        while (shows.Count * seats < FewestHolds)
            shows.Add(await site.Organizer.ShowAsync(seats));
        var holds = await site.RunAsync(
            site.Options.Clients, new Limit(site.Options.Time, shows.Count * seats), Holds.Of(shows, site.Bench.Crowd, site.NextSeed()));
        site.Bench.Board.Add(new Figure($"holds a second among {seats:N0} seats", 0), holds.WonPerSecond, ceiling.WonPerSecond);
        site.Bench.Board.Add(new Figure($"  CPU ms a hold among {seats:N0} seats", 3), holds.CpuPerWon, ceiling.CpuPerWon);
    }

    private static async Task CrowdAsync(Site site, int clients)
    {
        var ceiling = await site.Bench.CeilingAsync(clients);
        var holds = await site.HoldsAsync(await site.Organizer.ShowAsync(HallForCrowds), clients, site.Options.Time);
        site.Bench.Board.Add(new Figure($"holds a second by {clients:N0} buyers at a time", 0), holds.WonPerSecond, ceiling.WonPerSecond);
        site.Bench.Board.Add(new Figure($"  ms a hold with {clients:N0} buyers at a time, 99 %", 0), holds.Record.Latency(99).TotalMilliseconds);
    }
}
