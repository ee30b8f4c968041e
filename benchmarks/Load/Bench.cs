using Evently.Load.Hosts;
using Evently.Load.Loops;
using Evently.Load.Report;
using Evently.Load.Scenarios;
using Evently.Load.Stage;

namespace Evently.Load;

/// <summary>
/// What every measurement needs: the programs, a ceiling that runs all the time, a data directory with a crowd and an event to copy, and the scoreboard.
/// </summary>
internal sealed class Bench : IAsyncDisposable
{
    /// <summary>Of the event that is there when a host starts.</summary>
    private const int OpeningSeats = 100_000;

    private static readonly TimeSpan CeilingTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(5);

    private readonly string _prepared;
    private ChildHost _ceiling = null!;
    private Organizer _organizer = null!;

    private Bench(LoadOptions options)
    {
        Options = options;
        Programs = new Programs(options.Host);
        _prepared = Programs.NewDirectory();
    }

    public LoadOptions Options { get; }

    public Programs Programs { get; }

    public Scoreboard Board { get; } = new();

    /// <summary>Signed up on every host that is started here.</summary>
    public Crowd Crowd { get; private set; } = null!;

    /// <summary>On sale on every host that is started here; nobody has looked at it since the start.</summary>
    public Show OpeningNight { get; private set; } = null!;

    public static async Task<Bench> StartAsync(LoadOptions options)
    {
        var bench = new Bench(options);
        try
        {
            await bench.PrepareAsync();
            return bench;
        }
        catch
        {
            await bench.DisposeAsync();
            throw;
        }
    }

    /// <summary>A host on a copy of the prepared data, as it is just after its start.</summary>
    public async Task<Site> OpenAsync()
    {
        var directory = Programs.Copy(_prepared);
        var host = await Programs.StartHostAsync(directory);
        return new Site(this, directory, host, _organizer.On(host));
    }

    /// <summary>What this machine can do at this moment: holds at the ceiling, by as many clients as the measurement beside it has.</summary>
    public async Task<Measured> CeilingAsync(int? clients = null)
    {
        var measured = await RunCeilingAsync(clients ?? Options.Clients, CeilingTime);
        Board.Add(Figure.Ceiling, measured.WonPerSecond);
        return measured;
    }

    /// <summary>Takes down what a measurement says of itself, whatever it is of.</summary>
    public void Note(Measured measured)
    {
        Board.Add(Figure.Failures, measured.Record[Outcome.Failed]);
        Board.Add(Figure.Refused, measured.Record[Outcome.Refused]);
        Board.Add(Figure.OwnCpu, measured.OwnCpu.TotalMilliseconds / Math.Max(1, measured.Record.Visits));
        Board.Add(Figure.Others, 100 * measured.Others);
    }

    public async ValueTask DisposeAsync()
    {
        if (_ceiling is not null)
            await _ceiling.DisposeAsync();
        Programs.Dispose();
    }

    private async Task PrepareAsync()
    {
        _ceiling = await Programs.StartCeilingAsync();
        await using (var host = await Programs.StartHostAsync(_prepared))
        {
            _organizer = await Organizer.SignInAsync(host);
            Crowd = await Crowd.SignUpAsync(host.Http, Options.Users);
            OpeningNight = await _organizer.ShowAsync(OpeningSeats);
            await _organizer.RestAsync();
            await host.StopAsync();
        }

        await RunCeilingAsync(Options.Clients, WarmUpTime);
    }

    private Task<Measured> RunCeilingAsync(int clients, TimeSpan time) =>
        ClosedLoop.RunAsync(_ceiling, clients, new Limit(time, long.MaxValue), Holds.AtCeiling(Crowd));
}
