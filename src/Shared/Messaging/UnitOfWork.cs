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
    /// <summary>Adds a write. Fails fast when the transaction would exceed <see cref="TableLimits.TransactionWrites"/>.</summary>
    public void Add(Write write) => throw new NotImplementedException();

    /// <summary>
    /// Publishes to every module that subscribes to the message's type. An <see cref="ILocalMessage"/> is handed to this module's own
    /// consumers after the commit instead.
    /// </summary>
    /// <param name="group">The fair-queue group, usually the event's id.</param>
    public void Publish<TMessage>(TMessage message, string group)
        where TMessage : class => throw new NotImplementedException();

    /// <summary>
    /// Makes the commit apply only the first time that the current message is handled, by an inbox row that outlives the longest
    /// redelivery; a second delivery is then acknowledged without effect. Only inside a consumer, for what state alone can't tell.
    /// </summary>
    public void OncePerMessage() => throw new NotImplementedException();

    /// <summary>Commits everything added so far. Refused: nothing was written or sent, and the unit is empty again.</summary>
    public ValueTask<TransactionResult> CommitAsync(CancellationToken cancellationToken) => throw new NotImplementedException();
}
