using System.Diagnostics;
using System.Text.Json;

namespace Evently.Shared.Tests.Emulators;

/// <summary>The SQS server <c>fauxqs</c> (npm) as a process, on a free loopback port. Its newer versions need a newer Node than long-term support has.</summary>
internal sealed class FauxSqsServer : IAsyncDisposable
{
    private const string Version = "1.9.2";
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60);
    private readonly Process _process;

    private FauxSqsServer(Process process, int port)
    {
        _process = process;
        Address = new Uri($"http://127.0.0.1:{port}");
    }

    public Uri Address { get; }

    /// <exception cref="EmulatorMissingException">It can't run here.</exception>
    public static async Task<FauxSqsServer> StartAsync(CancellationToken cancellationToken)
    {
        var application = Path.Combine(await Emulator.InstallAsync("fauxqs", Version, cancellationToken), "node_modules", "fauxqs", "dist", "app.js");
        var port = Emulator.FreePort();
        // Its own command listens on every interface.
        var script = $"const {{ buildApp }} = await import({JsonSerializer.Serialize(new Uri(application).AbsoluteUri)}); await buildApp({{ logger: false }}).listen({{ port: {port}, host: '127.0.0.1' }}); console.log('ready');";
        var process = Emulator.Start("node", ["--input-type=module", "--eval", script]);
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var server = new FauxSqsServer(process, port);
        try
        {
            using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            bound.CancelAfter(LongestStart);
            if (await process.StandardOutput.ReadLineAsync(bound.Token) != "ready")
                throw new EmulatorMissingException("fauxqs did not start.");
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }
}
