using System.Diagnostics;
using Evently.Shared.Messaging.Hosting;
using Evently.Shared.Messaging.Local;
using Evently.Shared.Modules;

namespace Evently.Shared.Messaging;

/// <summary>Hands a message to a module's own consumers and sagas in this process, past the queue.</summary>
public sealed class LocalBus<TModule>
    where TModule : IModule
{
    private readonly ModuleRuntime _runtime;

    internal LocalBus(ModuleRuntime runtime) => _runtime = runtime;

    /// <summary>
    /// Completes when every handler has committed. A refused commit (somebody else changed the saga) is handled again a bounded number
    /// of times with jitter; what fails then is thrown.
    /// </summary>
    public Task SendAsync<TMessage>(TMessage message, CancellationToken cancellationToken)
        where TMessage : class, ILocalMessage => _runtime.LocalDispatcher.DispatchAsync(Wrap(message), cancellationToken);

    /// <summary>Puts the message on the bounded in-process backlog. False when that is full: the due index will issue it again.</summary>
    public bool TryPost<TMessage>(TMessage message)
        where TMessage : class, ILocalMessage => _runtime.Backlog.TryPost(Wrap(message));

    private static LocalMessage Wrap(ILocalMessage message) =>
        new(message, Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null);
}
