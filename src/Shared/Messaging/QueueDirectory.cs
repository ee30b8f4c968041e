namespace Evently.Shared.Messaging;

/// <summary>A module's queue as support sees it.</summary>
/// <param name="Name">Such as <c>evently-booking</c>.</param>
/// <param name="OutboxDepth">Messages of the module that are committed and not yet handed to the queues.</param>
/// <param name="OldestOutboxAge">Age of the oldest of them; null when there is none.</param>
public sealed record QueueStatus(string Name, QueueFigures Figures, int OutboxDepth, TimeSpan? OldestOutboxAge);

/// <summary>The queues of all modules, for support and health.</summary>
public sealed class QueueDirectory
{
    public ValueTask<IReadOnlyList<QueueStatus>> ListAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Moves up to <paramref name="max"/> dead letters of a queue back into it.</summary>
    /// <returns>How many were moved; null when there is no such queue.</returns>
    public ValueTask<int?> RedriveAsync(string name, int max, CancellationToken cancellationToken) => throw new NotImplementedException();
}
