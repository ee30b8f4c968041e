using Evently.Load.Hosts;
using Evently.Load.Loops;
using Evently.Load.Scenarios;
using Evently.Load.Stage;

namespace Evently.Load;

/// <summary>A running host and what can be measured on it.</summary>
/// <param name="directory">Its data; goes with it.</param>
internal sealed class Site(Bench bench, string directory, ChildHost host, Organizer organizer) : IAsyncDisposable
{
    /// <summary>On a busy machine the time alone does not warm anything up; these many sales do, or this many times the time.</summary>
    private const int WarmPurchases = 4_000;
    private const int WarmHolds = 12_000;
    private const int LongestWarmUp = 4;

    private int _sales;

    public Bench Bench => bench;

    public ChildHost Host { get; private set; } = host;

    public Organizer Organizer { get; private set; } = organizer;

    public LoadOptions Options => bench.Options;

    /// <summary>Another order of seats for each sale, the same in each run.</summary>
    public int NextSeed() => Options.Seed + _sales++;

    /// <summary>Purchases and holds, until what is compiled again and cached with use has been.</summary>
    /// <param name="time">At least.</param>
    public async Task WarmUpAsync(TimeSpan time)
    {
        await WarmUpAsync(time / 2, WarmPurchases, show => PurchasesAsync(show, time / 2));
        await WarmUpAsync(time / 2, WarmHolds, show => HoldsAsync(show, Options.Clients, time / 2));
    }

    public Task<Measured> HoldsAsync(Show show, int clients, TimeSpan time) =>
        RunAsync(clients, new Limit(time, show.Hall.Seats), Holds.Of(show, bench.Crowd, NextSeed()));

    /// <summary>Until the last of them is in its buyer's history and in the event's figures.</summary>
    public Task<Measured> PurchasesAsync(Show show, TimeSpan time, Action<TimeSpan>? settled = null) => RunAsync(
        Options.Clients,
        new Limit(time, show.Hall.Seats),
        Purchases.Of(show, bench.Crowd, NextSeed()),
        async record =>
        {
            var took = await Organizer.SettleAsync(show, record[Outcome.Won]);
            settled?.Invoke(took);
        });

    public async Task<Measured> RunAsync(int clients, Limit limit, Visit visit, Func<LoadRecord, Task>? settle = null)
    {
        var measured = await ClosedLoop.RunAsync(Host, clients, limit, visit, settle);
        Check(measured);
        return measured;
    }

    /// <summary>Notes what a measurement says of itself, and shows at once what went wrong.</summary>
    public void Check(Measured measured)
    {
        bench.Note(measured);
        if (measured.Record.Failures.Count > 0)
            Console.WriteLine($"{measured.Record.Show()}\n{Host.Log}");
    }

    /// <summary>Ends the process and starts it again on the same data.</summary>
    /// <param name="kill">As a power cut does; else as an orchestrator does.</param>
    public async Task RestartAsync(bool kill)
    {
        if (!kill)
            await Host.StopAsync();
        await Host.DisposeAsync();
        Host = await bench.Programs.StartHostAsync(directory);
        Organizer = Organizer.On(Host);
    }

    private async Task WarmUpAsync(TimeSpan time, int enough, Func<Show, Task<Measured>> sale)
    {
        var (spent, visits) = (TimeSpan.Zero, 0L);
        while (spent < time || (visits < enough && spent < LongestWarmUp * time))
        {
            var measured = await sale(await Organizer.ShowAsync(Options.Seats));
            (spent, visits) = (spent + measured.Elapsed, visits + measured.Record.Visits);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        bench.Programs.Drop(directory);
    }
}
