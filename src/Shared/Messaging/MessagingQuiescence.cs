namespace Evently.Shared.Messaging;

/// <summary>Tells when nothing is under way: outboxes, queues and local backlogs are empty and no handler runs. For tests and shutdown.</summary>
public sealed class MessagingQuiescence
{
    public ValueTask<bool> IsIdleAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Waits until idle. False when <paramref name="bound"/> (of real time) passed first.</summary>
    public ValueTask<bool> WaitAsync(TimeSpan bound, CancellationToken cancellationToken) => throw new NotImplementedException();
}
