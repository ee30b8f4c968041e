using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Storage.DynamoDb;

/// <summary>
/// Makes the table when it is missing, or only checks it where infrastructure is managed elsewhere. Several instances may start at once.
/// </summary>
internal sealed partial class DynamoDbTableSetup(IAmazonDynamoDB client, string tableName, bool mayCreate, TimeProvider time, ILogger<DynamoDbTableSetup> logger)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var table = await DescribeAsync(cancellationToken);
        if (table is null)
        {
            if (!mayCreate)
                throw Unusable("does not exist, and Evently:Storage:CreateTable is false");
            await CreateAsync(cancellationToken);
            LogCreated(tableName);
        }

        table = await WaitUntilActiveAsync(cancellationToken);
        Check(table);
        if (mayCreate)
            await ExpireItemsAsync(cancellationToken);
    }

    private static bool HasKeys(List<KeySchemaElement> schema, string partition, string sort) =>
        schema.Count == 2 && schema[0].AttributeName == partition && schema[1].AttributeName == sort;

    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await client.CreateTableAsync(
                new CreateTableRequest
                {
                    TableName = tableName,
                    BillingMode = BillingMode.PAY_PER_REQUEST,
                    AttributeDefinitions = [Text(WellKnown.Partition), Text(WellKnown.Sort), Text(WellKnown.IndexPartition), Text(WellKnown.IndexSort)],
                    KeySchema = Keys(WellKnown.Partition, WellKnown.Sort),
                    GlobalSecondaryIndexes =
                    [
                        new GlobalSecondaryIndex
                        {
                            IndexName = DynamoDbTableEngine.IndexName,
                            KeySchema = Keys(WellKnown.IndexPartition, WellKnown.IndexSort),
                            Projection = new Projection { ProjectionType = ProjectionType.KEYS_ONLY },
                        },
                    ],
                },
                cancellationToken);
        }
        catch (ResourceInUseException)
        {
            // Another instance was quicker.
        }

        static AttributeDefinition Text(string name) => new() { AttributeName = name, AttributeType = ScalarAttributeType.S };

        static List<KeySchemaElement> Keys(string partition, string sort) =>
        [
            new() { AttributeName = partition, KeyType = KeyType.HASH },
            new() { AttributeName = sort, KeyType = KeyType.RANGE },
        ];
    }

    private async Task<TableDescription> WaitUntilActiveAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var table = await DescribeAsync(cancellationToken);
            if (table?.TableStatus == TableStatus.ACTIVE || table?.TableStatus == TableStatus.UPDATING)
                return table;
            if (time.GetElapsedTime(started) >= LongestWait)
                throw Unusable($"is not active after {LongestWait.TotalSeconds} s");
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private void Check(TableDescription table)
    {
        if (!HasKeys(table.KeySchema, WellKnown.Partition, WellKnown.Sort))
            throw Unusable($"has other keys than '{WellKnown.Partition}' and '{WellKnown.Sort}'");
        var index = table.GlobalSecondaryIndexes?.Find(index => index.IndexName == DynamoDbTableEngine.IndexName);
        if (index is null || !HasKeys(index.KeySchema, WellKnown.IndexPartition, WellKnown.IndexSort))
            throw Unusable($"has no index '{DynamoDbTableEngine.IndexName}' with the keys '{WellKnown.IndexPartition}' and '{WellKnown.IndexSort}'");
    }

    private async Task ExpireItemsAsync(CancellationToken cancellationToken)
    {
        var current = await client.DescribeTimeToLiveAsync(new DescribeTimeToLiveRequest { TableName = tableName }, cancellationToken);
        var status = current.TimeToLiveDescription?.TimeToLiveStatus;
        if (status == TimeToLiveStatus.ENABLED || status == TimeToLiveStatus.ENABLING)
            return;
        try
        {
            await client.UpdateTimeToLiveAsync(
                new UpdateTimeToLiveRequest
                {
                    TableName = tableName,
                    TimeToLiveSpecification = new TimeToLiveSpecification { AttributeName = WellKnown.TimeToLive, Enabled = true },
                },
                cancellationToken);
        }
        catch (AmazonDynamoDBException exception) when (DynamoDbFailure.KindOf(exception) == FailureKind.Invalid)
        {
            // Another instance was quicker; the service refuses a second change at once.
            LogTimeToLiveUnchanged(exception, tableName);
        }
    }

    private async Task<TableDescription?> DescribeAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await client.DescribeTableAsync(new DescribeTableRequest { TableName = tableName }, cancellationToken)).Table;
        }
        catch (ResourceNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TableUnavailableException($"The DynamoDB table '{tableName}' (Evently:Storage:TableName) cannot be looked at: {exception.Message}", exception);
        }
    }

    private TableUnavailableException Unusable(string what) => new($"The DynamoDB table '{tableName}' (Evently:Storage:TableName) {what}.");

    [LoggerMessage(Level = LogLevel.Information, Message = "Made the DynamoDB table {TableName}")]
    private partial void LogCreated(string tableName);

    [LoggerMessage(Level = LogLevel.Information, Message = "The time to live of the DynamoDB table {TableName} was left as it is")]
    private partial void LogTimeToLiveUnchanged(Exception exception, string tableName);
}
