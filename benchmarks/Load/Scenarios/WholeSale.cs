using Evently.Load.Hosts;
using Evently.Load.Report;

namespace Evently.Load.Scenarios;

/// <summary>Sells a hall to the last seat: the memory that it takes, and how long a start takes when all of it is stored.</summary>
internal static class WholeSale
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SampleEvery = TimeSpan.FromMilliseconds(200);

    /// <summary>Enough for 100,000 seats at 170 a second; what is not sold by then shows in the number of purchases.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(Bench bench)
    {
        Console.WriteLine($"selling {bench.Options.Seats:N0} seats");
        await using var site = await bench.OpenAsync();
        var show = bench.Options.Seats == bench.OpeningNight.Hall.Seats ? bench.OpeningNight : await site.Organizer.ShowAsync(bench.Options.Seats);
        await Task.Delay(Idle, TimeProvider.System);
        bench.Board.Add(Figure.IdleMemory, site.Host.Figures.WorkingSet);
        bench.Board.Add(Figure.IdlePrivate, site.Host.Figures.Private);

        using var sold = new CancellationTokenSource();
        var watching = WatchAsync(site.Host.Figures, sold.Token);
        var purchases = await site.PurchasesAsync(show, Longest);
        await sold.CancelAsync();
        var (workingSet, ofItsOwn) = await watching;
        bench.Board.Add(Figure.SaleMemory, workingSet);
        bench.Board.Add(Figure.SalePrivate, ofItsOwn);
        Console.WriteLine(
            $"sold {purchases.Won:N0} in {purchases.Elapsed.TotalSeconds:N0} s, {await site.Organizer.DiscrepanciesAsync(show)} discrepancies in the ledger");

        for (var round = 1; round <= bench.Options.Rounds; round++)
        {
            await site.RestartAsync(kill: false);
            bench.Board.Add(Figure.Start, site.Host.StartedIn.TotalSeconds);
            await site.RestartAsync(kill: true);
            bench.Board.Add(Figure.StartAfterKill, site.Host.StartedIn.TotalSeconds);
        }
    }

    /// <summary>The most that was seen until <paramref name="end"/>: working set and private memory, in megabytes.</summary>
    private static async Task<(double WorkingSet, double Private)> WatchAsync(ProcessFigures figures, CancellationToken end)
    {
        var (workingSet, ofItsOwn) = (0.0, 0.0);
        using var timer = new PeriodicTimer(SampleEvery, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(end))
                (workingSet, ofItsOwn) = (Math.Max(workingSet, figures.WorkingSet), Math.Max(ofItsOwn, figures.Private));
        }
        catch (OperationCanceledException)
        {
            // Sold.
        }

        return (workingSet, ofItsOwn);
    }
}
