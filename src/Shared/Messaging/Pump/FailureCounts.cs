namespace Evently.Shared.Messaging.Pump;

/// <summary>
/// How often each message failed in this process. Receives can't tell: a process that is killed leaves a receive behind, and so does a poll that nobody waits
/// for any more. With N instances a message may fail N times as often before one of them gives it up.
/// </summary>
internal sealed class FailureCounts(TimeProvider time)
{
    /// <summary>Some 2 MB of messages that fail at the same time. Beyond, the oldest are counted anew.</summary>
    private const int Most = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (int Failures, long At)> _counts = new(StringComparer.Ordinal);

    /// <summary>Counts one more.</summary>
    /// <returns>How many there were, this one included.</returns>
    public int Count(string messageId)
    {
        lock (_gate)
        {
            var failures = _counts.GetValueOrDefault(messageId).Failures + 1;
            if (failures == 1 && _counts.Count == Most)
                DropOlderHalf();
            _counts[messageId] = (failures, time.GetTimestamp());
            return failures;
        }
    }

    /// <summary>It was handled, or is dead.</summary>
    public void Forget(string messageId)
    {
        lock (_gate)
            _counts.Remove(messageId);
    }

    private void DropOlderHalf()
    {
        foreach (var old in _counts.OrderBy(count => count.Value.At).Take(Most / 2).Select(count => count.Key).ToList())
            _counts.Remove(old);
    }
}
