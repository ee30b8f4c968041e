using System.Collections.Frozen;

namespace Evently.Shared.Messaging.Local;

/// <summary>Has one kind of local message handled.</summary>
internal delegate Task LocalRoute(ILocalMessage message, CancellationToken cancellationToken);

/// <summary>Who handles which local message of a module: a step of its saga, or a handler.</summary>
internal sealed class LocalRoutes(IEnumerable<KeyValuePair<Type, LocalRoute>> routes)
{
    private readonly FrozenDictionary<Type, LocalRoute> _routes = routes.ToFrozenDictionary();

    public static LocalRoute To<TMessage>(Func<TMessage, CancellationToken, Task> handle)
        where TMessage : class => (message, cancellationToken) => handle((TMessage)message, cancellationToken);

    public Task HandleAsync(ILocalMessage message, CancellationToken cancellationToken) => _routes.TryGetValue(message.GetType(), out var route)
        ? route(message, cancellationToken)
        : throw new InvalidOperationException($"Nobody handles {message.GetType().Name}.");
}
