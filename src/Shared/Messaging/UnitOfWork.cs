using Evently.Shared.Modules;
using Evently.Shared.Storage;

namespace Evently.Shared.Messaging;

/// <summary>
/// Collects the writes and the messages of one use case and commits them in one transaction; scoped. An HTTP endpoint commits it itself;
/// around a consumer or a saga the pipeline does, after the handler returned. Messages leave after the commit, never before.
/// </summary>
public sealed class UnitOfWork<TModule>
    where TModule : IModule
{
    internal UnitOfWork(PendingCommit pending) => Pending = pending;

    internal PendingCommit Pending { get; }

    /// <summary>Adds a write. Fails fast when the transaction would exceed <see cref="TableLimits.TransactionWrites"/>.</summary>
    public void Add(Write write) => Pending.Add(write);

    /// <summary>
    /// Publishes to every module that subscribes to the message's type. An <see cref="ILocalMessage"/> is handed to this module's own
    /// consumers after the commit instead.
    /// </summary>
    /// <param name="group">The fair-queue group, usually the event's id.</param>
    public void Publish<TMessage>(TMessage message, string group)
        where TMessage : class => Pending.Publish(message, group);

    /// <summary>
    /// Commits everything added so far. Refused: nothing was written or sent, and the unit is empty again. The indexes of
    /// <see cref="TransactionResult.Refused"/> count the added writes in their order, from 0; outbox rows follow them.
    /// </summary>
    public ValueTask<TransactionResult> CommitAsync(CancellationToken cancellationToken) => Pending.CommitAsync(cancellationToken);
}
