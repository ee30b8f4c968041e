namespace Evently.Shared.Storage;

/// <summary>
/// Keeps a copy of something stored young: its users pass through here, and the copy is read again when it has grown old, once for all of
/// them. From half the allowed age on one of them reads while the others go on with what is there; past the limit everybody waits.
/// </summary>
/// <param name="limit">How old the copy may be when it is used, counted from the moment at which its read began.</param>
/// <param name="read">Reads the copy anew. What it throws is thrown to those who wait for it, and the next user reads again.</param>
/// <param name="isRead">Whether the copy has just been read.</param>
public sealed class Freshness(TimeProvider time, TimeSpan limit, Func<Task> read, bool isRead)
{
    private readonly Lock _gate = new();
    private long? _readAt = isRead ? time.GetTimestamp() : null;
    private Task? _reading;

    /// <summary>Completes when the copy is young enough to be used.</summary>
    public ValueTask EnsureAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var age = _readAt is { } readAt ? time.GetElapsedTime(readAt) : TimeSpan.MaxValue;
            if (_readAt is not null && age < limit / 2)
                return ValueTask.CompletedTask;
            if (_reading is { IsCompleted: false })
                return age < limit ? ValueTask.CompletedTask : Wait(_reading, cancellationToken);
            _reading = ReadAsync();
            return Wait(_reading, cancellationToken);
        }
    }

    private static ValueTask Wait(Task reading, CancellationToken cancellationToken) => new(reading.WaitAsync(cancellationToken));

    private async Task ReadAsync()
    {
        // What is read may be as old as the moment at which the read began.
        var began = time.GetTimestamp();
        await read();
        lock (_gate)
            _readAt = began;
    }
}
