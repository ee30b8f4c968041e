using Evently.Shared.Messaging;
using Evently.Shared.Messaging.Hosting;
using Evently.Shared.Messaging.Instances;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Testing.Messaging;

/// <summary>
/// Drives messaging step by step instead of by its background loops, in virtual time: nothing here waits for anything but
/// its own work.
/// </summary>
public sealed class MessagingSteps
{
    private readonly ModuleRuntimes _modules;
    private readonly IInstances _instances;
    private readonly MessageTopology _topology;

    /// <param name="services">Of a host whose modules have messaging and whose background loops don't run.</param>
    public MessagingSteps(IServiceProvider services)
    {
        _modules = services.GetRequiredService<ModuleRuntimes>();
        _instances = services.GetRequiredService<IInstances>();
        _topology = services.GetRequiredService<MessageTopology>();
    }

    /// <summary>Builds the modules' pipelines now rather than with their first messages.</summary>
    public void Prepare() =>
        // MassTransit leaves its logging in the caller's context, where the next host would find it.
        ExecutionContext.Run(
            ExecutionContext.Capture()!,
            _ =>
            {
                foreach (var module in _modules.All)
                    module.Receiver.Prepare();
            },
            null);

    /// <summary>Which queues get messages of these types, by the types' names on the wire.</summary>
    public IReadOnlyList<(string Queue, string Type)> SubscriptionsOf(IEnumerable<Type> types) =>
        [.. from type in types let urn = Envelope.TypeUrn(type) from queue in _topology.QueuesOf(urn) select (queue, urn)];

    /// <summary>The other instances hear that this one goes.</summary>
    public Task LeaveAsync() => _instances.LeaveAsync(CancellationToken.None);

    /// <summary>As at the end of a stop's time: handlers of queue messages are cancelled, and nobody waits for them.</summary>
    public void StopPumps()
    {
        foreach (var module in _modules.All)
            _ = module.Pump.StopAsync(new CancellationToken(canceled: true));
    }

    /// <summary>One step of everything: what is due, local messages, relays, and a batch of each queue.</summary>
    /// <returns>How many things were done.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var done = 0;
        await _instances.RunOnceAsync(cancellationToken);
        foreach (var module in _modules.All)
        {
            foreach (var worker in module.DueWorkers)
                done += await worker.RunOnceAsync(cancellationToken);
            while (await module.Backlog.RunOnceAsync(cancellationToken) > 0)
                done++;
            done += await module.Relay.RunOnceAsync(cancellationToken);
            done += await module.Pump.RunOnceAsync(cancellationToken);
        }

        return done;
    }

    /// <summary>Steps until nothing is left to do at this moment, or <paramref name="mostSteps"/> are over.</summary>
    /// <returns>True when nothing was left.</returns>
    public async Task<bool> RunUntilIdleAsync(int mostSteps, CancellationToken cancellationToken)
    {
        for (var step = 0; step < mostSteps; step++)
        {
            if (await RunOnceAsync(cancellationToken) == 0)
                return true;
        }

        return false;
    }

    /// <summary>Searches the outboxes for messages that no relay has in hand.</summary>
    /// <returns>How many were relayed.</returns>
    public async Task<int> SweepOutboxesAsync(CancellationToken cancellationToken)
    {
        var relayed = 0;
        await _instances.RunOnceAsync(cancellationToken);
        foreach (var module in _modules.All)
            relayed += await module.Sweeper.RunOnceAsync(cancellationToken);
        return relayed;
    }
}
