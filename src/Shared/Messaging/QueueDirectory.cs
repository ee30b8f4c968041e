using Evently.Shared.Messaging.Hosting;

namespace Evently.Shared.Messaging;

/// <summary>A module's queue as support sees it.</summary>
/// <param name="Name">Such as <c>evently-booking</c>.</param>
/// <param name="OutboxDepth">Messages of the module that are committed and not yet handed to the queues.</param>
/// <param name="OldestOutboxAge">Age of the oldest of them; null when there is none.</param>
public sealed record QueueStatus(string Name, QueueFigures Figures, int OutboxDepth, TimeSpan? OldestOutboxAge);

/// <summary>The queues of all modules, for support and health.</summary>
public sealed class QueueDirectory
{
    private readonly ModuleRuntimes _modules;
    private readonly QueueSet _queues;

    internal QueueDirectory(ModuleRuntimes modules, QueueSet queues)
    {
        _modules = modules;
        _queues = queues;
    }

    public async ValueTask<IReadOnlyList<QueueStatus>> ListAsync(CancellationToken cancellationToken)
    {
        var all = new List<QueueStatus>(_modules.All.Count);
        foreach (var module in _modules.All)
        {
            var queue = await _queues.OpenAsync(module.Identity.QueueName, cancellationToken);
            var (rows, oldest) = await module.Sweeper.MeasureAsync(cancellationToken);
            all.Add(new QueueStatus(queue.Name, await queue.FiguresAsync(cancellationToken), rows + module.Relay.DepthWithoutRows, oldest));
        }

        return all;
    }

    /// <summary>Moves up to <paramref name="max"/> dead letters of a queue back into it.</summary>
    /// <returns>How many were moved; null when there is no such queue.</returns>
    public async ValueTask<int?> RedriveAsync(string name, int max, CancellationToken cancellationToken)
    {
        if (!_modules.All.Any(module => module.Identity.QueueName == name))
            return null;
        return await (await _queues.OpenAsync(name, cancellationToken)).RedriveAsync(max, cancellationToken);
    }
}
