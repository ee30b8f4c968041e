using Evently.Load.Http;
using Evently.Load.Loops;
using Evently.Load.Report;
using Evently.Load.Stage;

namespace Evently.Load.Scenarios;

/// <summary>Round for round, on one host that has been under load before, each part right after a measurement of the ceiling.</summary>
internal static class WarmRounds
{
    private const int RefusedSeats = 1_000;
    private const double PageBytes = 4_096;
    private const int MapSeats = 20_000;
    private const int SmallHall = 1_000;
    private const int LargeHall = 100_000;

    /// <summary>That is how many the small halls have together, and as many are held in the large one.</summary>
    private const int ComparedHolds = 10_000;

    /// <summary>An open loop may not run out of connections while the host catches its breath.</summary>
    private const int ConnectionsPerClient = 8;

    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan FillTime = TimeSpan.FromSeconds(30);

    public static IReadOnlyList<Func<Site, Task>> All => [HoldsAsync, LatencyAsync, PurchasesAsync, RefusalsAsync, MapsAsync, SeatsCostAsync];

    public static async Task RunAsync(Bench bench, params IReadOnlyList<Func<Site, Task>> parts)
    {
        await using var site = await bench.OpenAsync();
        await site.WarmUpAsync(WarmUpTime);
        for (var round = 1; round <= bench.Options.Rounds; round++)
        {
            Console.WriteLine($"warm, round {round} of {bench.Options.Rounds}");
            foreach (var part in parts)
                await part(site);
        }
    }

    public static async Task HoldsAsync(Site site)
    {
        var show = await site.Organizer.ShowAsync(site.Options.Seats);
        var ceiling = await site.Bench.CeilingAsync();
        var holds = await site.HoldsAsync(show, site.Options.Clients, site.Options.Time);
        site.Bench.Board.Add(Figure.Holds, holds.WonPerSecond, ceiling.WonPerSecond);
        site.Bench.Board.Add(Figure.HoldCpu, holds.CpuPerWon, ceiling.CpuPerWon);
    }

    public static async Task PurchasesAsync(Site site)
    {
        var show = await site.Organizer.ShowAsync(site.Options.Seats);
        var ceiling = await site.Bench.CeilingAsync();
        var purchases = await site.PurchasesAsync(show, site.Options.Time, took => site.Bench.Board.Add(Figure.Settling, took.TotalSeconds));
        site.Bench.Board.Add(Figure.Purchases, purchases.WonPerSecond, ceiling.WonPerSecond);
        site.Bench.Board.Add(Figure.PurchaseCpu, purchases.CpuPerWon, ceiling.CpuPerWon);
    }

    /// <summary>Half of what was reached a moment before, unless a rate was asked for; each arrival whenever its time comes.</summary>
    public static async Task LatencyAsync(Site site)
    {
        var rate = site.Options.Rate;
        if (rate == 0)
            rate = (await site.HoldsAsync(await site.Organizer.ShowAsync(site.Options.Seats), site.Options.Clients, site.Options.Time)).WonPerSecond / 2;
        var show = await site.Organizer.ShowAsync(LargeHall);
        var seed = site.NextSeed();
        var time = TimeSpan.FromSeconds(Math.Min(2 * site.Options.Seconds, LargeHall / (2 * rate)));
        var schedule = Arrivals.Steady(rate, time, seed);
        var measured = await OpenLoop.RunAsync(site.Host, ConnectionsPerClient * site.Options.Clients, schedule, Holds.Of(show, site.Bench.Crowd, seed));
        var holds = measured[0];
        site.Check(holds);
        site.Bench.Board.Add(Figure.HalfLoad, holds.WonPerSecond);
        site.Bench.Board.Add(Figure.HoldMedian, holds.Record.Latency(50).TotalMilliseconds);
        site.Bench.Board.Add(Figure.HoldTail, holds.Record.Latency(99).TotalMilliseconds);
        site.Bench.Board.Add(Figure.HoldFarTail, holds.Record.Latency(99.9).TotalMilliseconds);
        site.Bench.Board.Add(Figure.Lag, holds.Record.Lag(99).TotalMilliseconds);
    }

    public static async Task RefusalsAsync(Site site)
    {
        var show = await site.Organizer.ShowAsync(RefusedSeats);
        await site.HoldsAsync(show, site.Options.Clients, FillTime);
        var ceiling = await site.Bench.CeilingAsync();
        var written = site.Host.Figures.WrittenBytes;
        var refusals = await site.RunAsync(site.Options.Clients, new Limit(site.Options.Time, long.MaxValue), Refusals.Of(show, site.Bench.Crowd));
        site.Bench.Board.Add(Figure.Refusals, refusals.WonPerSecond, ceiling.WonPerSecond);
        var pages = (site.Host.Figures.WrittenBytes - written) / PageBytes;
        site.Bench.Board.Add(Figure.RefusalWrites, pages / Math.Max(1, refusals.Won));
    }

    public static async Task MapsAsync(Site site)
    {
        const double Kilobyte = 1024;
        var show = await site.Organizer.ShowAsync(MapSeats);
        using var connection = new LoadConnection(site.Host.Address);
        var (fresh, _) = await SeatMaps.LookAsync(connection, show);
        var half = new Limit(FillTime, MapSeats / 2);
        await site.RunAsync(site.Options.Clients, half, Holds.Of(show, site.Bench.Crowd, site.NextSeed()));
        var (bytes, tag) = await SeatMaps.LookAsync(connection, show);

        var ceiling = await site.Bench.CeilingAsync();
        var limit = new Limit(site.Options.Time, long.MaxValue);
        var maps = await site.RunAsync(site.Options.Clients, limit, SeatMaps.Of(show));
        var unchanged = await site.RunAsync(site.Options.Clients, limit, SeatMaps.Unchanged(show, tag));
        site.Bench.Board.Add(Figure.MapBytes, bytes / Kilobyte);
        site.Bench.Board.Add(Figure.FreshMapBytes, fresh / Kilobyte);
        site.Bench.Board.Add(Figure.Maps, maps.WonPerSecond, ceiling.WonPerSecond);
        site.Bench.Board.Add(Figure.UnchangedMaps, unchanged.WonPerSecond, ceiling.WonPerSecond);
    }

    /// <summary>As many holds in ten small halls as in a large one.</summary>
    public static async Task SeatsCostAsync(Site site)
    {
        var small = new List<Show>();
        while (small.Count < ComparedHolds / SmallHall)
            small.Add(await site.Organizer.ShowAsync(SmallHall));
        var large = await site.Organizer.ShowAsync(LargeHall);
        var limit = new Limit(FillTime, ComparedHolds);
        var few = await site.RunAsync(site.Options.Clients, limit, Holds.Of(small, site.Bench.Crowd, site.NextSeed()));
        var many = await site.RunAsync(site.Options.Clients, limit, Holds.Of(large, site.Bench.Crowd, site.NextSeed()));
        site.Bench.Board.Add(Figure.SeatsCost, many.CpuPerWon / few.CpuPerWon);
    }
}
