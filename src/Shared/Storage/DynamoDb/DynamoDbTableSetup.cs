using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Evently.Shared.Configuration;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Storage.DynamoDb;

/// <summary>
/// Makes the table when it is missing, or only checks it where infrastructure is managed elsewhere. Several instances may start at once.
/// </summary>
internal sealed partial class DynamoDbTableSetup(
    IAmazonDynamoDB client, string tableName, bool mayCreate, StartPatience patience, TimeProvider time, ILogger<DynamoDbTableSetup> logger)
{
    private static readonly TimeSpan LongestWait = StartPatience.LongestWait;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <exception cref="ConfigurationException">The table can't be reached, is missing and may not be made, or is another than this program's.</exception>
    public Task PrepareAsync(CancellationToken cancellationToken) =>
        patience.ForAsync($"The DynamoDB table '{tableName}' ({StorageOptions.Section}:TableName)", PrepareOnceAsync, cancellationToken);

    private async Task<TableDescription> PrepareOnceAsync(CancellationToken cancellationToken)
    {
        if (await DescribeAsync(cancellationToken) is null)
        {
            if (!mayCreate)
                throw Unusable($"does not exist, and {StorageOptions.Section}:CreateTable is false");
            await CreateAsync(cancellationToken);
            LogCreated(tableName);
        }

        var table = await WaitUntilActiveAsync(cancellationToken);
        Check(table);
        await ExpireItemsAsync(cancellationToken);
        return table;
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
        TimeToLiveDescription? current;
        try
        {
            current = (await client.DescribeTimeToLiveAsync(new DescribeTimeToLiveRequest { TableName = tableName }, cancellationToken)).TimeToLiveDescription;
        }
        catch (AmazonDynamoDBException exception) when (exception.ErrorCode == "AccessDeniedException" && !mayCreate)
        {
            // Policies of before allow this call only to those who make the table.
            LogTimeToLiveUnknown(tableName, exception.Message);
            return;
        }

        var isOn = current?.TimeToLiveStatus == TimeToLiveStatus.ENABLED || current?.TimeToLiveStatus == TimeToLiveStatus.ENABLING;
        if (isOn && current!.AttributeName == WellKnown.TimeToLive)
            return;
        if (isOn || !mayCreate)
        {
            // Nothing breaks: items that have ended are read as absent. But they are never removed, and the table grows.
            LogNeverExpires(tableName, WellKnown.TimeToLive);
            return;
        }

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
    }

    private ConfigurationException Unusable(string what) => new($"The DynamoDB table '{tableName}' ({StorageOptions.Section}:TableName) {what}.");

    [LoggerMessage(Level = LogLevel.Information, Message = "Made the DynamoDB table {TableName}")]
    private partial void LogCreated(string tableName);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The DynamoDB table {TableName} does not expire its items by '{Attribute}' (time to live): it grows for ever")]
    private partial void LogNeverExpires(string tableName, string attribute);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Whether the DynamoDB table {TableName} expires its items could not be looked at: {Reason}")]
    private partial void LogTimeToLiveUnknown(string tableName, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The time to live of the DynamoDB table {TableName} was left as it is")]
    private partial void LogTimeToLiveUnchanged(Exception exception, string tableName);
}
