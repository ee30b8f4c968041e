using Evently.Shared.Modules;
using Evently.Shared.Storage;

namespace Evently.Shared.Messaging;

/// <summary>
/// Reads and first inserts of saga instances outside of the state machine: endpoints, support and audits. Changes go through messages to the
/// state machine only.
/// </summary>
public sealed class SagaTable<TModule, TSaga>(ModuleTable<TModule> table, ISagaStore<TSaga> store)
    where TModule : IModule
    where TSaga : class, IVersionedSaga
{
    private readonly (object, object) _seam = (table, store);

    /// <summary>Strongly consistent; null when there is none.</summary>
    public ValueTask<TSaga?> LoadAsync(Guid correlationId, CancellationToken cancellationToken) => throw new NotImplementedException(_seam.ToString());

    /// <summary>In the order of <paramref name="correlationIds"/>, null where absent; any number.</summary>
    public ValueTask<IReadOnlyList<TSaga?>> LoadManyAsync(IReadOnlyList<Guid> correlationIds, Consistency consistency, CancellationToken cancellationToken) =>
        throw new NotImplementedException(_seam.ToString());

    /// <summary>Inserts a new instance (version 1, due index entry), guarded by the key's absence. False when the key is taken.</summary>
    public ValueTask<bool> InsertAsync(TSaga saga, CancellationToken cancellationToken) => throw new NotImplementedException(_seam.ToString());

    /// <summary>Instances whose due time is at or before <paramref name="dueBy"/>, earliest first within a shard, at most <paramref name="limit"/>.</summary>
    public ValueTask<IReadOnlyList<Guid>> ListDueAsync(DateTimeOffset dueBy, int limit, CancellationToken cancellationToken) => throw new NotImplementedException(_seam.ToString());
}
