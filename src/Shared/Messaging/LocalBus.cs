using Evently.Shared.Modules;

namespace Evently.Shared.Messaging;

/// <summary>Hands a message to a module's own consumers and sagas in this process, past the queue.</summary>
public sealed class LocalBus<TModule>
    where TModule : IModule
{
    /// <summary>
    /// Completes when every handler has committed. A refused commit (somebody else changed the saga) is handled again a bounded number
    /// of times with jitter; what fails then is thrown.
    /// </summary>
    public Task SendAsync<TMessage>(TMessage message, CancellationToken cancellationToken)
        where TMessage : class, ILocalMessage => throw new NotImplementedException();

    /// <summary>Puts the message on the bounded in-process backlog. False when that is full: the due index will issue it again.</summary>
    public bool TryPost<TMessage>(TMessage message)
        where TMessage : class, ILocalMessage => throw new NotImplementedException();
}
