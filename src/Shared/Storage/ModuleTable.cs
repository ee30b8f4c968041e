using Evently.Shared.Modules;

namespace Evently.Shared.Storage;

/// <summary>
/// A handle on the table that is bound to one key prefix (<c>BOOKING#</c>) and refuses every key, and every index partition,
/// outside it. Modules get this handle, never the engine.
/// </summary>
public class ModuleTable(ITableEngine engine, string prefix)
{
    public string Prefix { get; } = prefix;

    /// <inheritdoc cref="ITableEngine.IsMetered"/>
    public bool IsMetered => engine.IsMetered;

    public ValueTask<Item?> GetAsync(ItemKey key, Consistency consistency, CancellationToken cancellationToken)
    {
        Guard(key.Partition);
        return engine.GetAsync(key, consistency, cancellationToken);
    }

    public ValueTask<IReadOnlyList<Item?>> GetManyAsync(IReadOnlyList<ItemKey> keys, Consistency consistency, CancellationToken cancellationToken)
    {
        foreach (var key in keys)
            Guard(key.Partition);
        return engine.GetManyAsync(keys, consistency, cancellationToken);
    }

    public ValueTask<Page> QueryAsync(Query query, CancellationToken cancellationToken)
    {
        Guard(query.Partition);
        return engine.QueryAsync(query, cancellationToken);
    }

    public ValueTask<IndexPage> QueryIndexAsync(IndexQuery query, CancellationToken cancellationToken)
    {
        Guard(query.Partition);
        return engine.QueryIndexAsync(query, cancellationToken);
    }

    public ValueTask<WriteResult> WriteAsync(Write write, CancellationToken cancellationToken)
    {
        Guard(write);
        return engine.WriteAsync(write, cancellationToken);
    }

    public ValueTask<TransactionResult> TransactAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        Guard(writes);
        return engine.TransactAsync(writes, cancellationToken);
    }

    public ValueTask WriteManyAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        Guard(writes);
        return engine.WriteManyAsync(writes, cancellationToken);
    }

    /// <summary>Every item of a partition in a sort range, page by page. The caller bounds what it takes.</summary>
    public async IAsyncEnumerable<Item> ScanPartitionAsync(
        string partition,
        SortRange range,
        Consistency consistency,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? after = null;
        do
        {
            var page = await QueryAsync(new Query(partition, range, consistency, TableLimits.PageItems, After: after), cancellationToken);
            foreach (var item in page.Items)
                yield return item;
            after = page.Next;
        }
        while (after is not null);
    }

    /// <summary>Refuses writes outside of the prefix, for a commit that reaches the engine by another way.</summary>
    internal void Guard(IReadOnlyList<Write> writes)
    {
        foreach (var write in writes)
            Guard(write);
    }

    private void Guard(Write write)
    {
        Guard(write.Key.Partition);
        if (write is Write.PutWrite put && put.Attributes.TryGetValue(WellKnown.IndexPartition, out var index))
            Guard(index.String);
        if (write is Write.UpdateWrite update)
        {
            foreach (var change in update.Changes)
            {
                if (change is Change.SetChange { Attribute: WellKnown.IndexPartition } set)
                    Guard(set.Value.String);
                if (change is Change.SetIfAbsentChange { Attribute: WellKnown.IndexPartition } setIfAbsent)
                    Guard(setIfAbsent.Value.String);
            }
        }
    }

    private void Guard(string partition)
    {
        if (!partition.StartsWith(Prefix, StringComparison.Ordinal))
            throw new ForeignKeyPrefixException(Prefix, partition);
    }
}

/// <summary>The table handle of one module, by the module's type.</summary>
public sealed class ModuleTable<TModule>(ITableEngine engine) : ModuleTable(engine, TModule.KeyPrefix)
    where TModule : IModule;

/// <summary>A module used a key of another module. Always a bug.</summary>
public sealed class ForeignKeyPrefixException(string prefix, string partition)
    : Exception($"The key '{partition}' is outside of this handle's prefix '{prefix}'.");
