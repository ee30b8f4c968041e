using Evently.Load.Hosts;
using Evently.Load.Loops;
using Evently.Load.Scenarios;
using Evently.Load.Stage;

namespace Evently.Load;

/// <summary>What every measurement needs: the programs, the ceiling, which runs all the time, and a crowd on a data directory to copy.</summary>
internal sealed class Bench : IAsyncDisposable
{
    private static readonly TimeSpan CeilingTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(5);

    private readonly string _prepared;
    private ChildHost? _ceiling;

    private Bench(LoadOptions options)
    {
        Options = options;
        Programs = new Programs(options.Host);
        _prepared = Programs.NewDirectory();
    }

    public LoadOptions Options { get; }

    public Programs Programs { get; }

    /// <summary>Signed up on every host that is started here.</summary>
    public Crowd Crowd { get; private set; } = null!;

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

    /// <summary>A host that has the crowd, on a directory of its own, as it is just after its start.</summary>
    public Task<ChildHost> StartHostAsync() => Programs.StartHostAsync(Programs.Copy(_prepared));

    /// <summary>What this machine can do at this moment: holds a second at the ceiling, by as many clients as the measurement beside it has.</summary>
    public async Task<double> CeilingAsync(int clients) => (await RunCeilingAsync(clients, CeilingTime)).WonPerSecond;

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
            var organizer = await Organizer.SignInAsync(host);
            Crowd = await Crowd.SignUpAsync(host.Http, Options.Users);
            await organizer.RestAsync();
            await host.StopAsync();
        }

        await RunCeilingAsync(Options.Clients, WarmUpTime);
    }

    private Task<Measured> RunCeilingAsync(int clients, TimeSpan time) =>
        ClosedLoop.RunAsync(_ceiling!, clients, new Limit(time, long.MaxValue), Holds.AtCeiling(Crowd));
}
