using System.Diagnostics;
using Amazon.Runtime;
using Amazon.SQS;
using Evently.Shared.Messaging.Sqs;
using Microsoft.Extensions.Logging.Abstractions;

namespace Evently.Shared.Tests.Emulators;

/// <summary>The SQS server <c>fauxqs</c> (npm) on a free loopback port. Its newer versions need a newer Node than long-term support has.</summary>
public sealed class FauxSqs : IAsyncLifetime
{
    public const string Collection = "fauxqs";
    private const string Version = "1.9.2";

    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60);
    private Process? _process;
    private string? _missing;

    internal IAmazonSQS Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        try
        {
            var folder = await Emulator.InstallAsync("fauxqs", Version, CancellationToken.None);
            await StartAsync(Path.Combine(folder, "node_modules", "fauxqs", "dist", "app.js"));
        }
        catch (EmulatorMissingException exception) when (!Emulator.IsRequired)
        {
            _missing = exception.Message;
        }
    }

    public void SkipIfMissing() => Assert.SkipWhen(_missing is not null, $"fauxqs can't run: {_missing}");

    internal SqsTransport Transport(bool createQueues = true) => new(Client, createQueues, TimeProvider.System, NullLogger<SqsQueue>.Instance);

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (_process is null)
            return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task StartAsync(string application)
    {
        var port = Emulator.FreePort();
        // Its own command listens on every interface.
        var script = $"const {{ buildApp }} = await import({System.Text.Json.JsonSerializer.Serialize(new Uri(application).AbsoluteUri)}); await buildApp({{ logger: false }}).listen({{ port: {port}, host: '127.0.0.1' }}); console.log('ready');";
        _process = Emulator.Start("node", ["--input-type=module", "--eval", script]);
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
        using var bound = new CancellationTokenSource(LongestStart, TimeProvider.System);
        if (await _process.StandardOutput.ReadLineAsync(bound.Token) != "ready")
            throw new EmulatorMissingException("fauxqs did not start.");
        Client = new AmazonSQSClient(
            new BasicAWSCredentials("local", "local"),
            SqsTransport.Configure(new AmazonSQSConfig { ServiceURL = $"http://127.0.0.1:{port}", AuthenticationRegion = "eu-central-1" }));
    }
}

[CollectionDefinition(FauxSqs.Collection)]
public sealed class FauxSqsDefinition : ICollectionFixture<FauxSqs>;
