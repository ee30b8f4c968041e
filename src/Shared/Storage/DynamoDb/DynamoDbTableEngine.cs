using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Evently.Shared.Ids;
using Evently.Shared.Storage.Rules;

namespace Evently.Shared.Storage.DynamoDb;

/// <summary>
/// The table in DynamoDB. The client must not retry by itself: a conditional write that was applied and tried again would look refused. A write is not
/// given up while it runs, only before and between attempts.
/// </summary>
internal sealed partial class DynamoDbTableEngine(IAmazonDynamoDB client, string tableName, TimeProvider time, IdGenerator ids, TableMetrics metrics) : ITableEngine
{
    public const string IndexName = "xpk-xsk-index";
    private static readonly ItemKey PingKey = new("PING", "PING");

    public bool IsMetered => true;

    public async ValueTask<Item?> GetAsync(ItemKey key, Consistency consistency, CancellationToken cancellationToken)
    {
        RequestValidator.Key(key);
        var request = new GetItemRequest { TableName = tableName, Key = AttributeValues.Of(key), ConsistentRead = consistency == Consistency.Strong };
        var response = await ReadAsync(request, client.GetItemAsync, cancellationToken);
        return AttributeValues.ItemOf(response.Item);
    }

    public async ValueTask<Page> QueryAsync(Query query, CancellationToken cancellationToken)
    {
        RequestValidator.Query(query);
        var place = KeyCondition.PlaceOf(query.Range, query.After, query.Descending);
        if (place == QueryPlace.BehindEnd)
            return new Page([], null);
        var request = KeyCondition.Request(tableName, WellKnown.Partition, WellKnown.Sort, query.Partition, query.Range);
        request.Limit = query.Limit;
        request.ScanIndexForward = !query.Descending;
        request.ConsistentRead = query.Consistency == Consistency.Strong;
        if (place == QueryPlace.Inside)
            request.ExclusiveStartKey = AttributeValues.Of(new ItemKey(query.Partition, query.After!));
        var response = await ReadAsync(request, client.QueryAsync, cancellationToken);
        var items = new List<Item>(response.Items?.Count ?? 0);
        foreach (var attributes in response.Items ?? [])
            items.Add(AttributeValues.ItemOf(attributes)!);
        return new Page(items, response.LastEvaluatedKey is { Count: > 0 } last ? AttributeValues.KeyOf(last).Sort : null);
    }

    public async ValueTask<IndexPage> QueryIndexAsync(IndexQuery query, CancellationToken cancellationToken)
    {
        RequestValidator.Query(query);
        var place = KeyCondition.PlaceOf(query.Range, query.After?.IndexSort, query.Descending);
        if (place == QueryPlace.BehindEnd)
            return new IndexPage([], null);
        var request = KeyCondition.Request(tableName, WellKnown.IndexPartition, WellKnown.IndexSort, query.Partition, query.Range);
        request.IndexName = IndexName;
        request.Limit = query.Limit;
        request.ScanIndexForward = !query.Descending;
        if (place == QueryPlace.Inside)
        {
            request.ExclusiveStartKey = AttributeValues.Of(query.After!.Key);
            request.ExclusiveStartKey.Add(WellKnown.IndexPartition, AttributeValues.Of(query.Partition));
            request.ExclusiveStartKey.Add(WellKnown.IndexSort, AttributeValues.Of(query.After.IndexSort));
        }

        var response = await ReadAsync(request, client.QueryAsync, cancellationToken);
        var entries = new List<IndexEntry>(response.Items?.Count ?? 0);
        foreach (var attributes in response.Items ?? [])
            entries.Add(EntryOf(attributes));
        return new IndexPage(entries, response.LastEvaluatedKey is { Count: > 0 } last ? EntryOf(last) : null);
    }

    public async ValueTask<WriteResult> WriteAsync(Write write, CancellationToken cancellationToken)
    {
        RequestValidator.Single(write);
        var budget = new RetryBudget(time, ids, metrics);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Exception failure;
            try
            {
                return new WriteResult(true, await SendAsync(write));
            }
            catch (ConditionalCheckFailedException exception)
            {
                if (await JudgeRefusalAsync(write, AttributeValues.ItemOf(exception.Item), cancellationToken) is { Refused: true } refusal)
                    return new WriteResult(false, refusal.Item);
                failure = new TableThrottledException("The item changed while it was looked at.", exception);
            }
            catch (Exception exception) when (DynamoDbFailure.KindOf(exception) is FailureKind.Throttled or FailureKind.NotSent)
            {
                failure = DynamoDbFailure.Translate(DynamoDbFailure.KindOf(exception), exception);
            }
            catch (Exception exception)
            {
                var kind = DynamoDbFailure.KindOf(exception);
                if (kind == FailureKind.Unknown && write is Write.PutWrite put && await IsThereAsync(put, cancellationToken))
                    return new WriteResult(true, ChangeApplier.Apply(put, null));
                throw DynamoDbFailure.Translate(kind, exception);
            }

            if (!await budget.TryWaitAsync(failure, cancellationToken))
                throw failure;
        }
    }

    public async ValueTask PingAsync(CancellationToken cancellationToken) => await GetAsync(PingKey, Consistency.Eventual, cancellationToken);

    private static IndexEntry EntryOf(Dictionary<string, AttributeValue> attributes) => new(AttributeValues.KeyOf(attributes), attributes[WellKnown.IndexSort].S);

    /// <returns>The item after the write.</returns>
    private async Task<Item?> SendAsync(Write write)
    {
        var expressions = new ExpressionWriter();
        switch (write)
        {
            case Write.PutWrite put:
                await client.PutItemAsync(new PutItemRequest
                {
                    TableName = tableName,
                    Item = AttributeValues.Of(put),
                    ConditionExpression = expressions.ConditionOf(put),
                    ExpressionAttributeNames = expressions.Names,
                    ExpressionAttributeValues = expressions.Values,
                    ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD,
                });
                return ChangeApplier.Apply(put, null);
            case Write.UpdateWrite update:
                var response = await client.UpdateItemAsync(new UpdateItemRequest
                {
                    TableName = tableName,
                    Key = AttributeValues.Of(update.Key),
                    UpdateExpression = expressions.UpdateOf(update.Changes),
                    ConditionExpression = expressions.ConditionOf(update),
                    ExpressionAttributeNames = expressions.Names,
                    ExpressionAttributeValues = expressions.Values,
                    ReturnValues = ReturnValue.ALL_NEW,
                    ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD,
                });
                return AttributeValues.ItemOf(response.Attributes);
            case Write.DeleteWrite delete:
                await client.DeleteItemAsync(new DeleteItemRequest
                {
                    TableName = tableName,
                    Key = AttributeValues.Of(delete.Key),
                    ConditionExpression = expressions.ConditionOf(delete),
                    ExpressionAttributeNames = expressions.Names,
                    ExpressionAttributeValues = expressions.Values,
                    ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD,
                });
                return null;
            default:
                throw new InvalidOperationException($"No request for {write.GetType().Name}.");
        }
    }

    /// <summary>
    /// Tells a refused condition from a sum that would leave 64 bits, whose bound is part of the same expression. Not refused: the item has changed
    /// since, the write is to be tried again.
    /// </summary>
    /// <exception cref="ArgumentException">The write can't be applied to the item.</exception>
    private async ValueTask<(bool Refused, Item? Item)> JudgeRefusalAsync(Write write, Item? refusing, CancellationToken cancellationToken)
    {
        if (write is not Write.UpdateWrite update || !update.Changes.Any(change => change is Change.AddChange))
            return (true, refusing);
        refusing ??= await GetAsync(write.Key, Consistency.Strong, cancellationToken);
        if (!ConditionEvaluator.Holds(write.Condition, refusing))
            return (true, refusing);
        ChangeApplier.Apply(write, refusing);
        return (false, refusing);
    }

    /// <summary>
    /// Whether a put whose outcome is not known was applied: then the item is what was put, to the last attribute. When it is not, nothing is known still,
    /// since it may have been applied and changed again, or be applied yet.
    /// </summary>
    private async ValueTask<bool> IsThereAsync(Write.PutWrite put, CancellationToken cancellationToken)
    {
        try
        {
            var item = await GetAsync(put.Key, Consistency.Strong, cancellationToken);
            return item is not null
                && item.Attributes.Count == put.Attributes.Count
                && put.Attributes.All(attribute => item.Attributes.TryGetValue(attribute.Key, out var value) && value == attribute.Value);
        }
        catch (TableUnavailableException)
        {
            // The put is what the caller asked about: its outcome stays unknown, whatever became of the look.
            return false;
        }
    }

    /// <summary>A read may be repeated whatever went wrong.</summary>
    private async ValueTask<TResponse> ReadAsync<TRequest, TResponse>(
        TRequest request, Func<TRequest, CancellationToken, Task<TResponse>> send, CancellationToken cancellationToken)
    {
        var budget = new RetryBudget(time, ids, metrics);
        while (true)
        {
            Exception failure;
            try
            {
                return await send(request, cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                var kind = DynamoDbFailure.KindOf(exception);
                if (kind is FailureKind.Invalid or FailureKind.Broken)
                    throw DynamoDbFailure.Translate(kind, exception);
                failure = DynamoDbFailure.Translate(kind == FailureKind.Unknown ? FailureKind.NotSent : kind, exception);
            }

            if (!await budget.TryWaitAsync(failure, cancellationToken))
                throw failure;
        }
    }
}
