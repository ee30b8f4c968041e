using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;

namespace Evently.Shared.Telemetry.Aws;

/// <summary>The values of <c>error.type</c>: a few words for what is tried again, the service's own code for the rest.</summary>
internal static class AwsErrors
{
    public const string Throttled = "throttled";
    public const string Conflict = "conflict";
    public const string NoAnswer = "no_answer";
    private const string ConditionFailed = "ConditionalCheckFailed";

    /// <returns>Null for a refused condition: that is an answer.</returns>
    public static string? TypeOf(Exception exception) => exception switch
    {
        ConditionalCheckFailedException => null,
        TransactionCanceledException cancelled => TypeOf(cancelled.CancellationReasons ?? []),
        AmazonServiceException { ErrorCode: { Length: > 0 } code } => TypeOf(code),
        OperationCanceledException or TimeoutException or IOException or HttpRequestException or AmazonServiceException => NoAnswer,
        _ => exception.GetType().Name,
    };

    private static string? TypeOf(List<CancellationReason> reasons)
    {
        if (reasons.Exists(reason => reason.Code == ConditionFailed))
            return null;
        var telling = reasons.Find(reason => reason.Code is { Length: > 0 } and not "None");
        return telling is null ? nameof(TransactionCanceledException) : TypeOf(telling.Code);
    }

    private static string TypeOf(string code)
    {
        if (code.Contains("Conflict", StringComparison.Ordinal) || code.StartsWith("TransactionInProgress", StringComparison.Ordinal))
            return Conflict;
        return code.Contains("Throttl", StringComparison.Ordinal)
            || code.StartsWith("ProvisionedThroughputExceeded", StringComparison.Ordinal)
            || code.StartsWith("RequestLimitExceeded", StringComparison.Ordinal)
                ? Throttled
                : code;
    }
}
