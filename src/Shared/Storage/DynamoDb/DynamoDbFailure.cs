using System.Net;
using Amazon.Runtime;

namespace Evently.Shared.Storage.DynamoDb;

/// <summary>What an exception of the client says about the request.</summary>
internal enum FailureKind
{
    /// <summary>Refused for load, or for a conflict with a transaction that runs: nothing was applied, it may be tried again.</summary>
    Throttled,

    /// <summary>It never left this machine: nothing was applied.</summary>
    NotSent,

    /// <summary>No answer: it may have been applied, or be being applied.</summary>
    Unknown,

    /// <summary>The request itself is wrong.</summary>
    Invalid,

    /// <summary>Credentials, permissions, a missing table: trying again is no use.</summary>
    Broken,
}

internal static class DynamoDbFailure
{
    public static FailureKind KindOf(Exception exception)
    {
        if (FindHttp(exception) is { } http)
        {
            return http.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
                ? FailureKind.NotSent
                : FailureKind.Unknown;
        }

        return exception switch
        {
            AmazonServiceException service => KindOf(service),
            OperationCanceledException or TimeoutException or IOException => FailureKind.Unknown,
            _ => FailureKind.Broken,
        };
    }

    public static FailureKind KindOf(string? errorCode) => errorCode switch
    {
        "TransactionConflict" or "TransactionConflictException" or "ReplicatedWriteConflictException"
            or "ThrottlingError" or "ThrottlingException" or "Throttling"
            or "ProvisionedThroughputExceeded" or "ProvisionedThroughputExceededException"
            or "RequestLimitExceeded" => FailureKind.Throttled,
        "TransactionInProgressException" => FailureKind.Unknown,
        "ValidationError" or "ValidationException" or "ItemCollectionSizeLimitExceeded" or "ItemCollectionSizeLimitExceededException" => FailureKind.Invalid,
        _ => FailureKind.Broken,
    };

    /// <summary>The exception that the table's caller hears.</summary>
    public static Exception Translate(FailureKind kind, Exception exception) => kind switch
    {
        FailureKind.Throttled => new TableThrottledException("The table is throttled or busy with other transactions.", exception),
        FailureKind.NotSent => new TableUnavailableException("The table cannot be reached.", exception),
        FailureKind.Unknown => new WriteOutcomeUnknownException("The table did not answer.", exception),
        FailureKind.Invalid => new ArgumentException(exception.Message, exception),
        _ => new TableUnavailableException($"The table refuses to serve: {exception.Message}", exception),
    };

    private static FailureKind KindOf(AmazonServiceException service)
    {
        var kind = KindOf(service.ErrorCode);
        if (kind != FailureKind.Broken)
            return kind;
        return service.StatusCode >= HttpStatusCode.InternalServerError || service.StatusCode == 0 ? FailureKind.Unknown : FailureKind.Broken;
    }

    private static HttpRequestException? FindHttp(Exception? exception)
    {
        while (exception is not null and not HttpRequestException)
            exception = exception.InnerException;
        return (HttpRequestException?)exception;
    }
}
