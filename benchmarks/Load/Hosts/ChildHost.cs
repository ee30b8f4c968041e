using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Evently.Load.Hosts;

/// <summary>A program under measurement: a process of its own on a free port of the loopback, killed when it is disposed of.</summary>
internal sealed class ChildHost : IAsyncDisposable
{
    private const int LogLines = 200;
    private const string ReadyPath = "/health/ready";
    private static readonly TimeSpan StartBound = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly ConcurrentQueue<string> _log = new();
    private readonly Process _process;

    private ChildHost(Process process, IPEndPoint address)
    {
        (_process, Address) = (process, address);
        Figures = new ProcessFigures(process);
        Http = new HttpClient { BaseAddress = new Uri($"http://{address}"), Timeout = StartBound };
    }

    public IPEndPoint Address { get; }

    /// <summary>For preparing and for looking; never inside of a measurement.</summary>
    public HttpClient Http { get; }

    public ProcessFigures Figures { get; }

    /// <summary>From the start of the process to its first good answer.</summary>
    public TimeSpan StartedIn { get; private set; }

    public string Log => string.Join('\n', _log);

    /// <summary>Starts a program and waits until it is ready.</summary>
    /// <param name="assembly">The path of the program.</param>
    /// <param name="arguments">By the address to listen on.</param>
    /// <param name="settings">Environment variables.</param>
    public static async Task<ChildHost> StartAsync(
        string assembly, Func<string, IEnumerable<string>> arguments, IEnumerable<KeyValuePair<string, string>> settings)
    {
        var address = new IPEndPoint(IPAddress.Loopback, FreePort());
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(assembly);
        foreach (var argument in arguments($"http://{address}"))
            start.ArgumentList.Add(argument);
        SocketThreads.Forget(start.Environment);
        foreach (var (name, value) in settings)
            start.Environment[name] = value;

        var host = new ChildHost(new Process { StartInfo = start }, address);
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

    /// <summary>SIGTERM, after which the data directory is at rest.</summary>
    public async Task StopAsync()
    {
        using var terminate = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        using var bound = new CancellationTokenSource(StopBound);
        await _process.WaitForExitAsync(bound.Token);
    }

    /// <returns>Whether it was running.</returns>
    public bool Kill()
    {
        if (!Figures.IsRunning)
            return false;
        _process.Kill();
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        if (Kill())
            await _process.WaitForExitAsync();
        _process.Dispose();
        Http.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task StartAsync()
    {
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        var started = Stopwatch.GetTimestamp();
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        while (!await IsReadyAsync())
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"{_process.StartInfo.ArgumentList[0]} ended with {_process.ExitCode} instead of becoming ready.\n{Log}");
            if (Stopwatch.GetElapsedTime(started) > StartBound)
                throw new TimeoutException($"{_process.StartInfo.ArgumentList[0]} was not ready within {StartBound}.\n{Log}");
            await Task.Delay(Pause, TimeProvider.System);
        }

        StartedIn = Stopwatch.GetElapsedTime(started);
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(ReadyPath, UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            // Not listening yet.
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
