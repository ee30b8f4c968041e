using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Amazon.SQS;
using Evently.Api.Cloud.Tests.Faults;
using Evently.Shared.Tests.Emulators;

namespace Evently.Api.Cloud.Tests;

/// <summary>
/// Three hosts on DynamoDB Local and the SQS server, configured as for AWS: by the AWS SDK's own variables. Their calls pass through proxies that count them
/// and, where a test asks for it, do to them what AWS does under load.
/// </summary>
public sealed class CloudCluster : IAsyncLifetime
{
    public const string Name = "Three hosts on DynamoDB and SQS";
    public const string TableName = "Evently-Cloud";
    public const string QueuePrefix = "cloud";
    private const int Hosts = 3;
    private const string Region = "eu-central-1";
    private static readonly BasicAWSCredentials Credentials = new("local", "local");
    private DynamoDbLocalServer? _table;
    private FauxSqsServer? _queues;
    private FaultProxy? _tableProxy;
    private FaultProxy? _queueProxy;
    private Cluster? _cluster;
    private string? _missing;

    public IAmazonDynamoDB Table { get; private set; } = null!;

    public IAmazonSQS Queues { get; private set; } = null!;

    /// <summary>The emulators themselves, past the proxies.</summary>
    public Uri TableAddress => _table!.Address;

    public Uri QueuesAddress => _queues!.Address;

    internal TableFaults TableFaults { get; } = new();

    internal QueueFaults QueueFaults { get; } = new();

    /// <summary>Skips the test where an emulator can't run.</summary>
    public Cluster Cluster
    {
        get
        {
            Assert.SkipWhen(_missing is not null, $"The emulators of AWS can't run: {_missing}");
            return _cluster!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        try
        {
            _table = await DynamoDbLocalServer.StartAsync(CancellationToken.None);
            _queues = await FauxSqsServer.StartAsync(CancellationToken.None);
        }
        catch (EmulatorMissingException exception) when (!Emulator.IsRequired)
        {
            _missing = exception.Message;
            return;
        }

        Table = new AmazonDynamoDBClient(Credentials, new AmazonDynamoDBConfig { ServiceURL = _table.Address.ToString(), AuthenticationRegion = Region });
        Queues = new AmazonSQSClient(Credentials, new AmazonSQSConfig { ServiceURL = _queues.Address.ToString(), AuthenticationRegion = Region });

        _tableProxy = await FaultProxy.StartAsync(_table.Address, TableFaults);
        _queueProxy = await FaultProxy.StartAsync(_queues.Address, QueueFaults);

        // All at once: they find neither table nor queues, and each makes what is missing.
        _cluster = await Cluster.StartAsync(Hosts, Settings(_tableProxy.Address, _queueProxy.Address));
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
        Table?.Dispose();
        Queues?.Dispose();
        if (_queueProxy is not null)
            await _queueProxy.DisposeAsync();
        if (_tableProxy is not null)
            await _tableProxy.DisposeAsync();
        if (_queues is not null)
            await _queues.DisposeAsync();
        if (_table is not null)
            await _table.DisposeAsync();
    }

    public static Dictionary<string, string?> Settings(Uri table, Uri queues, string tableName = TableName, string queuePrefix = QueuePrefix) => new()
    {
        ["Evently__Storage__Engine"] = "dynamodb",
        ["Evently__Storage__TableName"] = tableName,
        ["Evently__Messaging__Transport"] = "sqs",
        ["Evently__Messaging__QueuePrefix"] = queuePrefix,

        // What a killed host had received comes again this soon.
        ["Evently__Messaging__VisibilitySeconds"] = "8",

        // A message that fails is dead within half a minute rather than five.
        ["Evently__Messaging__FirstRetryMilliseconds"] = "20",
        ["AWS_ENDPOINT_URL_DYNAMODB"] = table.ToString(),
        ["AWS_ENDPOINT_URL_SQS"] = queues.ToString(),
        ["AWS_REGION"] = Region,
        ["AWS_ACCESS_KEY_ID"] = "local",
        ["AWS_SECRET_ACCESS_KEY"] = "local",
        ["AWS_EC2_METADATA_DISABLED"] = "true",
    };
}

/// <summary>They share three hosts and two cores: one test at a time.</summary>
[CollectionDefinition(CloudCluster.Name)]
public sealed class CloudClusterDefinition : ICollectionFixture<CloudCluster>;
