using Amazon.DynamoDBv2.Model;
using Evently.Shared.Storage.Rules;

namespace Evently.Shared.Storage.DynamoDb;

/// <content>Batches, whose answers may leave a part undone.</content>
internal sealed partial class DynamoDbTableEngine
{
    /// <summary>DynamoDB's bound of a batched write.</summary>
    private const int BatchWriteItems = 25;

    private const int ParallelBatches = 4;

    public async ValueTask<IReadOnlyList<Item?>> GetManyAsync(IReadOnlyList<ItemKey> keys, Consistency consistency, CancellationToken cancellationToken)
    {
        RequestValidator.Keys(keys);
        if (keys.Count == 0)
            return [];
        var found = new Dictionary<ItemKey, Item>(keys.Count);
        var budget = new RetryBudget(time, ids, metrics);
        var asked = new KeysAndAttributes { Keys = [.. keys.Select(AttributeValues.Of)], ConsistentRead = consistency == Consistency.Strong };
        while (true)
        {
            var request = new BatchGetItemRequest { RequestItems = new Dictionary<string, KeysAndAttributes>(StringComparer.Ordinal) { [tableName] = asked } };
            var response = await ReadAsync(request, client.BatchGetItemAsync, cancellationToken);
            foreach (var attributes in response.Responses?.GetValueOrDefault(tableName) ?? [])
            {
                var item = AttributeValues.ItemOf(attributes)!;
                found[item.Key] = item;
            }

            if (response.UnprocessedKeys?.GetValueOrDefault(tableName) is not { Keys.Count: > 0 } unprocessed)
                return [.. keys.Select(key => found.GetValueOrDefault(key))];
            var failure = new TableThrottledException($"{unprocessed.Keys.Count} of {keys.Count} items were not read within the retry budget.");
            if (!await budget.TryWaitAsync(failure, cancellationToken))
                throw failure;
            asked.Keys = unprocessed.Keys;
        }
    }

    public async ValueTask WriteManyAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        RequestValidator.Many(writes);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ParallelBatches, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(writes.Chunk(BatchWriteItems), parallel, async (batch, token) => await WriteBatchAsync(batch, token));
    }

    private static WriteRequest RequestOf(Write write) => write is Write.PutWrite put
        ? new WriteRequest { PutRequest = new PutRequest { Item = AttributeValues.Of(put) } }
        : new WriteRequest { DeleteRequest = new DeleteRequest { Key = AttributeValues.Of(write.Key) } };

    /// <summary>Puts and deletes without conditions come out the same when they are repeated, so an unknown outcome is tried again too.</summary>
    private async Task WriteBatchAsync(Write[] batch, CancellationToken cancellationToken)
    {
        var left = batch.Select(RequestOf).ToList();
        var budget = new RetryBudget(time, ids, metrics);
        while (true)
        {
            Exception failure;
            try
            {
                var request = new BatchWriteItemRequest { RequestItems = new Dictionary<string, List<WriteRequest>>(StringComparer.Ordinal) { [tableName] = left } };
                var response = await client.BatchWriteItemAsync(request, CancellationToken.None);
                if (response.UnprocessedItems?.GetValueOrDefault(tableName) is not { Count: > 0 } unprocessed)
                    return;
                left = unprocessed;
                failure = new TableThrottledException($"{left.Count} of {batch.Length} items were not written within the retry budget.");
            }
            catch (Exception exception)
            {
                var kind = DynamoDbFailure.KindOf(exception);
                failure = DynamoDbFailure.Translate(kind, exception);
                if (kind is FailureKind.Invalid or FailureKind.Broken)
                    throw failure;
            }

            if (!await budget.TryWaitAsync(failure, cancellationToken))
                throw failure;
        }
    }
}
