using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Evently.Api.Tests.Driver;

/// <summary>
/// Evently as a process of its own, on a free port and a data directory of its own, driven over HTTP. It can be killed as by a power cut and
/// started again on the same data.
/// </summary>
public sealed class EventlyHost : IAsyncDisposable
{
    public const string AdminEmail = "root@evently.test";
    public const string AdminPassword = "correct horse battery";
    private const int LogLines = 4_000;
    private static readonly TimeSpan StartBound = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(40);

    private readonly ConcurrentQueue<string> _log = new();
    private readonly Dictionary<string, string?> _settings;
    private readonly IReadOnlyList<string> _arguments;
    private readonly string _data = Directory.CreateTempSubdirectory("evently-api-").FullName;
    private Process? _process;
    private int _diskMegabytes;

    private EventlyHost(Dictionary<string, string?> settings, IReadOnlyList<string> arguments)
    {
        _settings = settings;
        _arguments = arguments;
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort()}"));
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ActivityHeadersPropagator = null })
        {
            BaseAddress = Address,
            Timeout = TimeSpan.FromSeconds(60),
        };
        World = new World(Http, () => Log);
    }

    public Uri Address { get; }

    public string DataDirectory => _data;

    /// <summary>The data directory as the process sees it: where it has a disk of its own, nobody else does.</summary>
    public string SeenDataDirectory => _diskMegabytes == 0 ? _data : $"/proc/{ProcessId}/root{_data}";

    public HttpClient Http { get; }

    /// <summary>Makes users, venues and events on this host.</summary>
    public World World { get; }

    public string Log => string.Join('\n', _log);

    /// <summary>How long the last start took until the readiness check passed.</summary>
    public TimeSpan StartedIn { get; private set; }

    public int ProcessId => _process!.Id;

    public bool HasExited => !IsRunning(_process);

    /// <summary>Starts a host and waits until it is ready.</summary>
    /// <param name="settings">Environment variables on top of those for tests; null removes one.</param>
    public static Task<EventlyHost> StartAsync(IEnumerable<KeyValuePair<string, string?>> settings, params IReadOnlyList<string> arguments) =>
        StartAsync(Prepare(settings, arguments));

    /// <summary>Starts a host whose data directory is a file system of its own and of this size.</summary>
    public static Task<EventlyHost> StartOnSmallDiskAsync(int megabytes)
    {
        var host = Prepare([], []);
        host._diskMegabytes = megabytes;
        return StartAsync(host);
    }

    /// <summary>Runs a start that is expected to fail.</summary>
    public static Task<(int ExitCode, string Output)> FailToStartAsync(IEnumerable<KeyValuePair<string, string?>> settings) => RunToEndAsync(settings, []);

    /// <summary>Runs a process that is expected to end by itself.</summary>
    public static async Task<(int ExitCode, string Output)> RunToEndAsync(IEnumerable<KeyValuePair<string, string?>> settings, params IReadOnlyList<string> arguments)
    {
        await using var host = Prepare(settings, arguments);
        host.Spawn();
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(StartBound);
        await host._process!.WaitForExitAsync(bound.Token);
        return (host._process.ExitCode, host.Log);
    }

    /// <summary>SIGKILL: nothing of the process runs any more.</summary>
    public async Task KillAsync()
    {
        if (_process is not { HasExited: false } process)
            return;
        process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>SIGTERM, as an orchestrator stops it; answers the exit code.</summary>
    public async Task<int> StopAsync()
    {
        using var terminate = Process.Start("kill", ["-TERM", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(StopBound);
        await _process.WaitForExitAsync(bound.Token);
        return _process.ExitCode;
    }

    /// <summary>Starts again, after a kill or a stop, on the same data and address.</summary>
    /// <param name="changes">Environment variables that are different from now on; null removes one.</param>
    public Task RestartAsync(params IEnumerable<KeyValuePair<string, string?>> changes)
    {
        foreach (var (name, value) in changes)
            _settings[name] = value;
        return StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
        Http.Dispose();
        World.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    private static async Task<EventlyHost> StartAsync(EventlyHost host)
    {
        try
        {
            await host.StartAsync();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    private static EventlyHost Prepare(IEnumerable<KeyValuePair<string, string?>> settings, IReadOnlyList<string> arguments)
    {
        var all = new Dictionary<string, string?>
        {
            ["Evently__RateLimiting__Enabled"] = "false",
            ["Evently__Auth__BootstrapAdmin__Email"] = AdminEmail,
            ["Evently__Auth__BootstrapAdmin__Password"] = AdminPassword,
            ["Evently__Auth__SigningKey"] = Tokens.SigningKey,
            ["Logging__LogLevel__Default"] = "Warning",
            ["ASPNETCORE_ENVIRONMENT"] = "Production",

            // Nobody routes to them, so that nobody has to notice.
            ["Evently__Stop__NotReadySeconds"] = "0",

            // Hashing passwords as slowly as it should be would be most of what many tests do.
            ["Evently__Users__PasswordIterations"] = "1000",

            // Hosts of tests live too briefly for profiles of their code, or for compiling much of it again, to pay.
            ["DOTNET_TieredPGO"] = "0",
            ["DOTNET_TC_CallCountThreshold"] = "400",
        };
        foreach (var (name, value) in settings)
            all[name] = value;
        return new EventlyHost(all, arguments);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task StartAsync()
    {
        var started = Stopwatch.GetTimestamp();
        Spawn();
        while (true)
        {
            if (_process!.HasExited)
                throw new InvalidOperationException($"Evently ended with {_process.ExitCode} instead of becoming ready.\n{Log}");
            if (Stopwatch.GetElapsedTime(started) > StartBound)
                throw new TimeoutException($"Evently was not ready within {StartBound}.\n{Log}");
            try
            {
                using var answer = await Http.GetAsync("/health/ready", TestContext.Current.CancellationToken);
                if (answer.IsSuccessStatusCode)
                    break;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        StartedIn = Stopwatch.GetElapsedTime(started);
    }

    private void Spawn()
    {
        var start = new ProcessStartInfo(_diskMegabytes == 0 ? "dotnet" : "unshare")
        {
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (_diskMegabytes > 0)
        {
            foreach (var argument in (string[])["-Urm", "sh", "-c", $"mount -t tmpfs -o size={_diskMegabytes}m tmpfs '{_data}' && exec dotnet \"$@\"", "sh"])
                start.ArgumentList.Add(argument);
        }

        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Evently.Host.dll"));
        foreach (var argument in _arguments)
            start.ArgumentList.Add(argument);
        start.ArgumentList.Add("--urls");
        start.ArgumentList.Add(Address.GetLeftPart(UriPartial.Authority));
        start.Environment["Evently__Storage__DataDirectory"] = _data;
        foreach (var (name, value) in _settings)
        {
            if (value is null)
                start.Environment.Remove(name);
            else
                start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        // Only now: others may look meanwhile whether it runs.
        var last = Interlocked.Exchange(ref _process, process);
        last?.Dispose();
    }

    private static bool IsRunning(Process? process)
    {
        try
        {
            return process is { HasExited: false };
        }
        catch (InvalidOperationException)
        {
            // Replaced by a restart, and disposed, at this moment.
            return false;
        }
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        _log.Enqueue(line);
        while (_log.Count > LogLines)
            _log.TryDequeue(out _);
    }
}
