using System.Collections.Frozen;

namespace Evently.Shared.Messaging.Hosting;

/// <summary>Who subscribes to what: from a message type to the queues of the modules that handle it. Fixed at start.</summary>
internal sealed class MessageTopology(IEnumerable<KeyValuePair<string, IReadOnlyList<string>>> queuesByType)
{
    private readonly FrozenDictionary<string, IReadOnlyList<string>> _queuesByType = queuesByType.ToFrozenDictionary(StringComparer.Ordinal);

    /// <param name="typeUrn">See <see cref="Envelope.TypeUrn"/>.</param>
    public IReadOnlyList<string> QueuesOf(string typeUrn) => _queuesByType.GetValueOrDefault(typeUrn) ?? [];

    public bool HasSubscribers(string typeUrn) => _queuesByType.ContainsKey(typeUrn);
}
