using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Evently.Shared.Configuration;
using Evently.Shared.Ids;
using Evently.Shared.Storage.DynamoDb;
using Evently.Shared.Tests.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace Evently.Shared.Tests.Emulators;

/// <summary>AWS's own DynamoDB Local with one table made as at the program's start.</summary>
public sealed class DynamoDbLocal : IAsyncLifetime
{
    public const string Collection = "DynamoDB Local";
    internal const string TableName = "Evently-Test";
    private DynamoDbLocalServer? _server;
    private string? _missing;

    internal IAmazonDynamoDB Client { get; private set; } = null!;

    internal DynamoDbTableEngine Engine { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        try
        {
            _server = await DynamoDbLocalServer.StartAsync(CancellationToken.None);
        }
        catch (EmulatorMissingException exception) when (!Emulator.IsRequired)
        {
            _missing = exception.Message;
            return;
        }

        var config = new AmazonDynamoDBConfig { ServiceURL = _server.Address.ToString(), AuthenticationRegion = "eu-central-1" };
        Client = new AmazonDynamoDBClient(new BasicAWSCredentials("local", "local"), DynamoDbClient.Configure(config));
        Engine = new DynamoDbTableEngine(Client, TableName, TimeProvider.System, new IdGenerator(TimeProvider.System), TelemetryProbe.NobodysMetrics());
        await SetUp(TableName, mayCreate: true).PrepareAsync(CancellationToken.None);
    }

    public void SkipIfMissing() => Assert.SkipWhen(_missing is not null, $"DynamoDB Local can't run: {_missing}");

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    internal DynamoDbTableSetup SetUp(string tableName, bool mayCreate) =>
        new(Client, tableName, mayCreate, new StartPatience(TimeProvider.System, NullLogger<StartPatience>.Instance), TimeProvider.System, NullLogger<DynamoDbTableSetup>.Instance);
}

[CollectionDefinition(DynamoDbLocal.Collection)]
public sealed class DynamoDbLocalDefinition : ICollectionFixture<DynamoDbLocal>;
