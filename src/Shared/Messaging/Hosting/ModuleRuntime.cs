using Evently.Shared.Messaging.Local;
using Evently.Shared.Messaging.Outbox;
using Evently.Shared.Messaging.Pump;
using Evently.Shared.Messaging.Sagas;

namespace Evently.Shared.Messaging.Hosting;

/// <summary>Everything that moves messages for one module.</summary>
internal sealed class ModuleRuntime(
    ModuleIdentity identity,
    ModuleReceiver receiver,
    LocalDispatcher localDispatcher,
    LocalBacklog backlog,
    IMessageCommit commit,
    OutboxRelay relay,
    OutboxSweeper sweeper,
    SentMessages sent,
    QueuePump pump,
    IReadOnlyList<DueWorker> dueWorkers) : IDisposable
{
    public ModuleIdentity Identity { get; } = identity;

    public ModuleReceiver Receiver { get; } = receiver;

    public LocalDispatcher LocalDispatcher { get; } = localDispatcher;

    public LocalBacklog Backlog { get; } = backlog;

    public IMessageCommit Commit { get; } = commit;

    public OutboxRelay Relay { get; } = relay;

    public OutboxSweeper Sweeper { get; } = sweeper;

    public SentMessages Sent { get; } = sent;

    public QueuePump Pump { get; } = pump;

    public IReadOnlyList<DueWorker> DueWorkers { get; } = dueWorkers;

    /// <summary>Committed, posted or received by this process and not yet done.</summary>
    public int UnderWay => Backlog.Depth + Relay.Depth + Pump.Running;

    public void Dispose() => Pump.Dispose();
}
