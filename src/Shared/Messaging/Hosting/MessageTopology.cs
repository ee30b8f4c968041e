using System.Collections.Frozen;

namespace Evently.Shared.Messaging.Hosting;

/// <summary>
/// Who subscribes to what: from a message type to the queues of the modules that handle it. Fixed; looked up late, because a state machine
/// may depend on services that publish.
/// </summary>
/// <param name="queues">The queues of all modules of this process.</param>
internal sealed class MessageTopology(IEnumerable<string> queues, Func<IEnumerable<KeyValuePair<string, IReadOnlyList<string>>>> queuesByType)
{
    private readonly Lazy<FrozenDictionary<string, IReadOnlyList<string>>> _queuesByType = new(() => queuesByType().ToFrozenDictionary(StringComparer.Ordinal));

    public FrozenSet<string> Queues { get; } = queues.ToFrozenSet(StringComparer.Ordinal);

    /// <param name="typeUrn">See <see cref="Envelope.TypeUrn"/>.</param>
    public IReadOnlyList<string> QueuesOf(string typeUrn) => _queuesByType.Value.GetValueOrDefault(typeUrn) ?? [];
}
