using Evently.Shared.Messaging;
using Evently.Shared.Messaging.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Testing.Messaging;

/// <summary>Tells when nothing is under way: outboxes, queues and local backlogs are empty and no handler runs.</summary>
public sealed class MessagingQuiescence
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private readonly ModuleRuntimes _modules;
    private readonly QueueSet _queues;

    /// <param name="services">Of a host whose modules have messaging.</param>
    public MessagingQuiescence(IServiceProvider services)
    {
        _modules = services.GetRequiredService<ModuleRuntimes>();
        _queues = services.GetRequiredService<QueueSet>();
    }

    /// <summary>Outboxes are judged by what this process committed, and by their rows only when nothing else is left.</summary>
    public async ValueTask<bool> IsIdleAsync(CancellationToken cancellationToken)
    {
        // Twice: a message that moved on between two looks is seen by the second.
        return await IsIdleNowAsync(cancellationToken) && await HasEmptyOutboxesAsync(cancellationToken) && await IsIdleNowAsync(cancellationToken);
    }

    /// <summary>Waits until idle. False when <paramref name="bound"/> (of real time) passed first.</summary>
    public async ValueTask<bool> WaitAsync(TimeSpan bound, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await IsIdleAsync(cancellationToken))
        {
            if (TimeProvider.System.GetElapsedTime(started) > bound)
                return false;
            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }

        return true;
    }

    private async ValueTask<bool> IsIdleNowAsync(CancellationToken cancellationToken)
    {
        foreach (var module in _modules.All)
        {
            if (module.UnderWay > 0)
                return false;
        }

        foreach (var module in _modules.All)
        {
            var figures = await (await _queues.OpenAsync(module.Identity.QueueName, cancellationToken)).FiguresAsync(cancellationToken);
            if (figures.Depth + figures.InFlight > 0 || module.UnderWay > 0)
                return false;
        }

        return true;
    }

    private async ValueTask<bool> HasEmptyOutboxesAsync(CancellationToken cancellationToken)
    {
        foreach (var module in _modules.All)
        {
            if ((await module.Sweeper.MeasureAsync(cancellationToken)).Depth > 0)
                return false;
        }

        return true;
    }
}
