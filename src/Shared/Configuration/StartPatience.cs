using System.Net;
using Amazon.Runtime;
using Amazon.SQS.Model;
using Evently.Shared.Storage;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Configuration;

/// <summary>
/// The one policy of a process that starts before what it needs can be had: a table, a queue, the credentials for either. What may pass is waited for,
/// each for <see cref="LongestWait"/>, and said; what won't pass (a refusal, a missing table) ends the start at once.
/// </summary>
public sealed partial class StartPatience(TimeProvider time, ILogger<StartPatience> logger)
{
    /// <summary>What most of a start waits for, as an operator reads it.</summary>
    public const string Table = "The table (Evently:Storage)";

    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(4);

    /// <param name="what">The subject of the sentence that an operator reads, with the setting that names it.</param>
    /// <param name="attempt">Harmless to repeat.</param>
    /// <exception cref="ConfigurationException">It can't be had, or not within <see cref="LongestWait"/>.</exception>
    public async Task<T> ForAsync<T>(string what, Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return await attempt(cancellationToken);
            }
            catch (Exception exception) when (IsOfAStore(exception) && !cancellationToken.IsCancellationRequested)
            {
                if (!MayPass(exception))
                    throw new ConfigurationException($"{what} can't be used: {exception.Message}", exception);
                if (time.GetElapsedTime(started) >= LongestWait)
                    throw new ConfigurationException($"{what} can't be reached for {LongestWait.TotalSeconds} s: {exception.Message}", exception);
                LogNotServed(exception.Message, what);
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }

    private static bool IsOfAStore(Exception exception) =>
        exception is TableUnavailableException or AmazonServiceException or AmazonClientException or HttpRequestException or IOException or TimeoutException or OperationCanceledException;

    /// <summary>
    /// No answer, a failure of the service, throttling, or credentials that their provider does not hand out (yet); not what is wrong with the request or its
    /// permissions. A queue that was made within the last second may be denied to exist: that it is really missing was found out by its look-up.
    /// </summary>
    private static bool MayPass(Exception exception) => exception switch
    {
        QueueDoesNotExistException => true,
        TableUnavailableException { InnerException: AmazonServiceException inner } => MayPass(inner),
        AmazonServiceException service => service.StatusCode is >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests or 0
            || service.Retryable is not null
            || service.ErrorCode is "LimitExceededException" or "RequestLimitExceeded" or "ProvisionedThroughputExceededException"
            || service.ErrorCode?.Contains("Throttl", StringComparison.Ordinal) == true,
        _ => true,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "Waiting: {What} can't be reached yet ({Reason})")]
    private partial void LogNotServed(string reason, string what);
}
