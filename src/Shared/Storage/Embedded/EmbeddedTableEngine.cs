using Evently.Shared.Storage.Rules;

namespace Evently.Shared.Storage.Embedded;

/// <summary>
/// The table in the embedded data file. Writes are decided on the writer's thread, against what the file holds at that moment, and answered
/// after their flush; a refusal waits for the flush too, since what refused may be a neighbour in the same batch.
/// </summary>
internal sealed class EmbeddedTableEngine(EmbeddedDatabase database, TimeProvider time) : ITableEngine, IExpirySweep
{
    /// <summary>Independent writes that share one unit of work: bounds how long it blocks the others.</summary>
    private const int WritesPerUnit = 100;

    private readonly ItemTable _table = new(database.Items);

    public EmbeddedDatabase Database { get; } = database;

    public bool IsMetered => false;

    public ValueTask<Item?> GetAsync(ItemKey key, Consistency consistency, CancellationToken cancellationToken)
    {
        RequestValidator.Key(key);
        return Database.Items.TryGet(key, out var cached) ? new ValueTask<Item?>(cached.Item) : ReadAsync(key, cancellationToken);
    }

    public ValueTask<IReadOnlyList<Item?>> GetManyAsync(IReadOnlyList<ItemKey> keys, Consistency consistency, CancellationToken cancellationToken)
    {
        RequestValidator.Keys(keys);
        if (TryGetMany(keys) is { } cached)
            return new ValueTask<IReadOnlyList<Item?>>(cached);
        return Database.ReadAsync<(ItemTable Table, IReadOnlyList<ItemKey> Keys), IReadOnlyList<Item?>>(
            (_table, keys),
            static (session, call) => GetMany(session, call.Table, call.Keys),
            cancellationToken);
    }

    public ValueTask<Page> QueryAsync(Query query, CancellationToken cancellationToken)
    {
        RequestValidator.Query(query);
        return Database.ReadAsync((_table, query), static (session, call) => call._table.Query(session, call.query), cancellationToken);
    }

    public ValueTask<IndexPage> QueryIndexAsync(IndexQuery query, CancellationToken cancellationToken)
    {
        RequestValidator.Query(query);
        return Database.ReadAsync(query, static (session, call) => ItemTable.Query(session, call), cancellationToken);
    }

    public ValueTask<WriteResult> WriteAsync(Write write, CancellationToken cancellationToken)
    {
        RequestValidator.Single(write);
        return Database.ExecuteAsync((_table, write), static (session, call) => Apply(session, call._table, call.write), cancellationToken);
    }

    public ValueTask<TransactionResult> TransactAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        RequestValidator.Transaction(writes);
        return Database.ExecuteAsync((_table, writes), static (session, call) => Apply(session, call._table, call.writes), cancellationToken);
    }

    /// <summary>
    /// The same, with rows of other tables of the file in the same commit: <paramref name="alongside"/> runs when no condition refuses, and may run again from
    /// the start, with its writes undone, when a neighbour fails. No writes at all are allowed here.
    /// </summary>
    public ValueTask<TransactionResult> TransactAsync(IReadOnlyList<Write> writes, Action<SqliteSession> alongside, CancellationToken cancellationToken)
    {
        if (writes.Count > 0)
            RequestValidator.Transaction(writes);
        return Database.ExecuteAsync(
            (_table, writes, alongside),
            static (session, call) =>
            {
                var result = Apply(session, call._table, call.writes);
                if (result.Applied)
                    call.alongside(session);
                return result;
            },
            cancellationToken);
    }

    public async ValueTask WriteManyAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        RequestValidator.Many(writes);
        var units = new List<Task>((writes.Count / WritesPerUnit) + 1);
        for (var start = 0; start < writes.Count; start += WritesPerUnit)
        {
            units.Add(Database.ExecuteAsync((_table, writes, start), static (session, call) => ApplyMany(session, call._table, call.writes, call.start), cancellationToken).AsTask());
        }

        await Task.WhenAll(units);
    }

    private static readonly ItemKey Heartbeat = new("HOST#HEARTBEAT", "BEAT");

    public async ValueTask PingAsync(CancellationToken cancellationToken)
    {
        // A statement without a table touches no page and proves nothing about the disk: the heartbeat is written, flushed and read.
        var beat = Write.Put(Heartbeat, new Dictionary<string, Value> { ["at"] = time.GetUtcNow().ToUnixTimeMilliseconds() }, Condition.Always);
        await WriteAsync(beat, cancellationToken);
        if (Database.Writer.IsFull)
            throw new TableUnavailableException("The disk is full.");
        if (await ReadAsync(Heartbeat, cancellationToken) is null)
            throw new TableUnavailableException("The heartbeat that was written could not be read.");
    }

    public ValueTask<int> SweepExpiredAsync(int max, CancellationToken cancellationToken) =>
        Database.ExecuteAsync((_table, Now: time.GetUtcNow().ToUnixTimeSeconds(), max), static (session, call) => call._table.Sweep(session, call.Now, call.max), cancellationToken);

    /// <summary>From the file, whatever is at hand.</summary>
    private ValueTask<Item?> ReadAsync(ItemKey key, CancellationToken cancellationToken) =>
        Database.ReadAsync((_table, key), static (session, call) => call._table.Get(session, call.key), cancellationToken);

    /// <summary>Null unless all of them are at hand.</summary>
    private Item?[]? TryGetMany(IReadOnlyList<ItemKey> keys)
    {
        var items = new Item?[keys.Count];
        for (var i = 0; i < items.Length; i++)
        {
            if (!Database.Items.TryGet(keys[i], out var cached))
                return null;
            items[i] = cached.Item;
        }

        return items;
    }

    private static Item?[] GetMany(SqliteSession session, ItemTable table, IReadOnlyList<ItemKey> keys)
    {
        var items = new Item?[keys.Count];
        for (var i = 0; i < items.Length; i++)
            items[i] = table.Get(session, keys[i]);
        return items;
    }

    private static WriteResult Apply(SqliteSession session, ItemTable table, Write write)
    {
        var current = table.Find(session, write.Key);
        if (!ConditionEvaluator.Holds(write.Condition, current.Item))
            return new WriteResult(false, current.Item);
        var next = ChangeApplier.Apply(write, current.Item);
        table.Store(session, write.Key, current, next);
        return new WriteResult(true, next);
    }

    private static TransactionResult Apply(SqliteSession session, ItemTable table, IReadOnlyList<Write> writes)
    {
        var stored = FindAll(session, table, writes);
        var current = Array.ConvertAll(stored, one => one.Item);
        if (TransactionRules.Refused(writes, current) is { } refused)
            return refused;

        // Everything is worked out before anything is stored, so that a change that can't be made leaves nothing behind.
        var next = TransactionRules.Apply(writes, current);
        for (var i = 0; i < next.Length; i++)
        {
            if (writes[i] is not Write.CheckWrite)
                table.Store(session, writes[i].Key, stored[i], next[i]);
        }

        return TransactionResult.Success;
    }

    private static int ApplyMany(SqliteSession session, ItemTable table, IReadOnlyList<Write> writes, int start)
    {
        var end = Math.Min(start + WritesPerUnit, writes.Count);
        for (var i = start; i < end; i++)
            Apply(session, table, writes[i]);
        return end - start;
    }

    private static StoredItem[] FindAll(SqliteSession session, ItemTable table, IReadOnlyList<Write> writes)
    {
        var items = new StoredItem[writes.Count];
        for (var i = 0; i < items.Length; i++)
            items[i] = table.Find(session, writes[i].Key);
        return items;
    }
}
