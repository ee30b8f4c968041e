using Evently.Shared.Ids;

namespace Evently.Shared.Storage.DynamoDb;

/// <summary>
/// How long one call keeps trying: a number of attempts and a total time, with full jitter between them, so that those who met once don't meet
/// again. One budget a call.
/// </summary>
internal sealed class RetryBudget(TimeProvider time, IdGenerator ids, TableMetrics metrics)
{
    public const int MostAttempts = 12;

    /// <summary>Made whatever the time: an attempt that times out takes longer than all of the total, and would never be repeated.</summary>
    private const int LeastAttempts = 2;

    public static readonly TimeSpan LongestTotal = TimeSpan.FromSeconds(3);
    private const int FirstPauseMilliseconds = 20;
    private const int LongestPauseMilliseconds = 400;
    private readonly long _started = time.GetTimestamp();
    private int _attempts = 1;

    /// <summary>Waits for the next attempt. False when the budget is spent.</summary>
    /// <param name="failure">What the caller will hear then.</param>
    public async ValueTask<bool> TryWaitAsync(Exception failure, CancellationToken cancellationToken)
    {
        if (_attempts == MostAttempts || (_attempts >= LeastAttempts && time.GetElapsedTime(_started) >= LongestTotal))
        {
            metrics.GaveUp(failure);
            return false;
        }

        metrics.Retried(failure);
        var bound = Math.Min(FirstPauseMilliseconds << Math.Min(_attempts, 10), LongestPauseMilliseconds);
        _attempts++;
        await Task.Delay(TimeSpan.FromMilliseconds(1 + ids.NextInt(bound)), time, cancellationToken);
        return true;
    }
}
