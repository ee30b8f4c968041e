using Evently.Analytics;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Evently.Testing.Messaging;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Quartz;

namespace Evently.Simulation;

/// <summary>
/// One instance of the real host, all its loops included, configured as for AWS so that nothing relies on being the only instance. Only clock, randomness,
/// table and queues are given to it, and Quartz, which has a clock of its own, is replaced by a loop over its jobs. It starts while the clock stands still.
/// </summary>
public sealed class SimulatedHost : IAsyncDisposable
{
    public const string SigningKey = "a signing key for simulations, long enough to sign with";
    public const string AdminEmail = "root@evently.test";
    public const string AdminPassword = "correct horse battery";
    private static readonly TimeSpan RollupInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly WebApplicationFactory<Program> _factory;
    private readonly string _data = Directory.CreateTempSubdirectory("evently-simulated-").FullName;
    private readonly VirtualTime _time;
    private readonly CancellationTokenSource _stop = new();
    private ManualResetEventSlim? _started;

    public SimulatedHost(VirtualTime time, ITableEngine table, IQueueTransport queues, int seed)
    {
        _time = time;
        var random = new Random(seed);
        _factory = new WebApplicationFactory<Program>().WithWebHostBuilder(builder =>
        {
            foreach (var (name, value) in Settings())
                builder.UseSetting(name, value);
            builder.ConfigureLogging(logging => logging.ClearProviders());
            builder.ConfigureTestServices(services =>
            {
                services.AddSingleton<TimeProvider>(time);
                services.AddSingleton(new IdGenerator(time, random.NextBytes));
                services.AddSingleton(table);
                services.AddSingleton(queues);
                services.AddHostedService(_ => new StartGate(() => _started!.Set()));
                services.Remove(services.Single(service => service.ImplementationType == typeof(QuartzHostedService)));
            });
        });
        using var started = new ManualResetEventSlim();
        _started = started;
        ThreadPool.UnsafeQueueUserWorkItem(_ => started.Wait(), null);
        Http = _factory.CreateClient();
        Http.Timeout = Timeout.InfiniteTimeSpan; // Of real time.
    }

    public HttpClient Http { get; }

    /// <summary>Waits until nothing is under way.</summary>
    public async Task SettleAsync()
    {
        var messaging = new MessagingQuiescence(_factory.Services);
        while (!await messaging.IsIdleAsync(CancellationToken.None))
            await Task.Delay(Pause, _time);
    }

    /// <summary>From now on the rollups run as often as by default.</summary>
    public void StartJobs()
    {
        var rollup = typeof(AnalyticsModule).Assembly.GetTypes().Single(type => type.IsAssignableTo(typeof(IJob)));
        _ = RunAsync((IJob)ActivatorUtilities.CreateInstance(_factory.Services, rollup), RollupInterval);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _stop.Dispose();
        Http.Dispose();
        await _factory.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private async Task RunAsync(IJob job, TimeSpan interval)
    {
        var stop = _stop.Token;
        while (!stop.IsCancellationRequested)
        {
            await job.Execute(null!, CancellationToken.None);
            await Task.Delay(interval, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Dictionary<string, string> Settings() => new()
    {
        ["Evently:Storage:Engine"] = "dynamodb",
        ["Evently:Storage:DataDirectory"] = _data,
        ["Evently:Messaging:DueIntervalMilliseconds"] = "1000",
        ["Evently:RateLimiting:Enabled"] = "false",
        ["Evently:Users:PasswordIterations"] = "1000",
        ["Evently:Auth:TokenMinutes"] = "1440",
        ["Evently:Auth:SigningKey"] = SigningKey,
        ["Evently:Auth:BootstrapAdmin:Email"] = AdminEmail,
        ["Evently:Auth:BootstrapAdmin:Password"] = AdminPassword,
    };

    private sealed class StartGate(Action open) : IHostedLifecycleService
    {
        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken)
        {
            open();
            return Task.CompletedTask;
        }

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
