using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Evently.Shared.Storage.Rules;

namespace Evently.Shared.Storage.DynamoDb;

/// <content>Transactions.</content>
internal sealed partial class DynamoDbTableEngine
{
    private const string ConditionFailed = "ConditionalCheckFailed";

    /// <summary>
    /// The request carries one token for all its attempts: DynamoDB answers a repeat of an applied transaction (within 10 minutes) with success and
    /// applies it once, so an attempt without an answer is simply repeated.
    /// </summary>
    public async ValueTask<TransactionResult> TransactAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        RequestValidator.Transaction(writes);
        var request = new TransactWriteItemsRequest { ClientRequestToken = ids.Next().ToString(), TransactItems = [.. writes.Select(Render)] };
        var budget = new RetryBudget(time, ids, metrics);
        var isUnknown = false;
        while (true)
        {
            if (!isUnknown)
                cancellationToken.ThrowIfCancellationRequested();
            Exception failure;
            try
            {
                await client.TransactWriteItemsAsync(request, CancellationToken.None);
                return TransactionResult.Success;
            }
            catch (TransactionCanceledException exception)
            {
                if (await JudgeCancellationAsync(writes, exception, cancellationToken) is { } refusal)
                    return refusal;
                isUnknown = false;
                failure = new TableThrottledException("The transaction met other transactions, or throttling, until its retry budget was spent.", exception);
            }
            catch (Exception exception)
            {
                var kind = DynamoDbFailure.KindOf(exception);
                isUnknown |= kind == FailureKind.Unknown;
                failure = DynamoDbFailure.Translate(isUnknown ? FailureKind.Unknown : kind, exception);
                if (kind is FailureKind.Invalid or FailureKind.Broken)
                    throw failure;
            }

            if (!await budget.TryWaitAsync(failure, isUnknown ? CancellationToken.None : cancellationToken))
                throw failure;
        }
    }

    /// <summary>A failed condition is final, whatever else happened to the other writes. Null: nothing final, to be tried again.</summary>
    /// <exception cref="ArgumentException">A write can't be applied to its item.</exception>
    private async ValueTask<TransactionResult?> JudgeCancellationAsync(IReadOnlyList<Write> writes, TransactionCanceledException exception, CancellationToken cancellationToken)
    {
        var reasons = exception.CancellationReasons ?? [];
        var (refused, items) = (new List<int>(), new List<Item?>());
        ArgumentException? impossible = null;
        for (var i = 0; i < reasons.Count; i++)
        {
            if (reasons[i].Code == ConditionFailed)
            {
                try
                {
                    var (isRefused, item) = await JudgeRefusalAsync(writes[i], AttributeValues.ItemOf(reasons[i].Item), cancellationToken);
                    if (isRefused)
                        (refused, items) = ([.. refused, i], [.. items, item]);
                }
                catch (ArgumentException sum)
                {
                    impossible = sum;
                }
            }
            else if (DynamoDbFailure.KindOf(reasons[i].Code) == FailureKind.Invalid)
            {
                impossible = new ArgumentException(reasons[i].Message, exception);
            }
        }

        if (refused.Count > 0)
            return new TransactionResult(false, refused, items);
        return impossible is null ? null : throw impossible;
    }

    private TransactWriteItem Render(Write write)
    {
        var expressions = new ExpressionWriter();
        return write switch
        {
            Write.PutWrite put => new TransactWriteItem
            {
                Put = new Put
                {
                    TableName = tableName,
                    Item = AttributeValues.Of(put),
                    ConditionExpression = expressions.ConditionOf(put),
                    ExpressionAttributeNames = expressions.Names,
                    ExpressionAttributeValues = expressions.Values,
                    ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD,
                },
            },
            Write.UpdateWrite update => new TransactWriteItem
            {
                Update = new Update
                {
                    TableName = tableName,
                    Key = AttributeValues.Of(update.Key),
                    UpdateExpression = expressions.UpdateOf(update.Changes),
                    ConditionExpression = expressions.ConditionOf(update),
                    ExpressionAttributeNames = expressions.Names,
                    ExpressionAttributeValues = expressions.Values,
                    ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD,
                },
            },
            Write.DeleteWrite delete => new TransactWriteItem
            {
                Delete = new Delete
                {
                    TableName = tableName,
                    Key = AttributeValues.Of(delete.Key),
                    ConditionExpression = expressions.ConditionOf(delete),
                    ExpressionAttributeNames = expressions.Names,
                    ExpressionAttributeValues = expressions.Values,
                    ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD,
                },
            },
            Write.CheckWrite check => new TransactWriteItem
            {
                ConditionCheck = new ConditionCheck
                {
                    TableName = tableName,
                    Key = AttributeValues.Of(check.Key),
                    ConditionExpression = expressions.ConditionOf(check),
                    ExpressionAttributeNames = expressions.Names,
                    ExpressionAttributeValues = expressions.Values,
                    ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD,
                },
            },
            _ => throw new InvalidOperationException($"No request for {write.GetType().Name}."),
        };
    }
}
