namespace Evently.Shared.Messaging.Pump;

/// <summary>
/// What a pump's handlers have seen of the store. While the last of them was not served, the store counts as down: nothing more is received, but for one
/// message at a time that finds out whether that is still so.
/// </summary>
internal sealed class StoreWatch(TimeProvider time)
{
    private static readonly TimeSpan ProbePause = TimeSpan.FromSeconds(2);
    private readonly Lock _gate = new();
    private TaskCompletionSource? _back;

    public bool IsDown
    {
        get
        {
            lock (_gate)
                return _back is not null;
        }
    }

    /// <returns>True when it was served until now.</returns>
    public bool NotServed()
    {
        lock (_gate)
        {
            if (_back is not null)
                return false;
            _back = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return true;
        }
    }

    /// <returns>True when it was down until now.</returns>
    public bool Served()
    {
        lock (_gate)
        {
            var wasDown = _back is not null;
            _back?.TrySetResult();
            _back = null;
            return wasDown;
        }
    }

    /// <summary>Waits while the store is down, but not for ever.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        Task back;
        lock (_gate)
        {
            if (_back is null)
                return;
            back = _back.Task;
        }

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(back, Task.Delay(ProbePause, time, enough.Token));
        await enough.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }
}
