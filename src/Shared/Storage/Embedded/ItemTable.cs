using System.Text;
using Evently.Shared.Storage.Rules;

namespace Evently.Shared.Storage.Embedded;

/// <summary>The SQL of the table: what an engine's calls do on one session.</summary>
internal sealed class ItemTable(CachedItems cache)
{
    private const string SelectOne = "SELECT data, id FROM items WHERE pk = ?1 AND sk = ?2";
    private const string InsertOne = "INSERT INTO items (pk, sk, data, xpk, xsk, ttl) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    private const string UpdateData = "UPDATE items SET data = ?2 WHERE id = ?1";
    private const string UpdateAll = "UPDATE items SET data = ?2, xpk = ?3, xsk = ?4, ttl = ?5 WHERE id = ?1";
    private const string DeleteOne = "DELETE FROM items WHERE id = ?1";
    private const string DeleteExpired = "DELETE FROM items WHERE id IN (SELECT id FROM items WHERE ttl < ?1 ORDER BY ttl LIMIT ?2) RETURNING pk, sk";

    // An open upper end is bound as an empty blob, which SQLite orders behind every text.
    private const string SelectAscending = "SELECT sk, data FROM items WHERE pk = ?1 AND sk >= ?2 AND sk < ?3 ORDER BY sk LIMIT ?4";
    private const string SelectDescending = "SELECT sk, data FROM items WHERE pk = ?1 AND sk >= ?2 AND sk < ?3 ORDER BY sk DESC LIMIT ?4";
    private const string IndexAscending =
        "SELECT pk, sk, xsk FROM items WHERE xpk = ?1 AND xsk >= ?2 AND xsk < ?3 AND (xsk, pk, sk) > (?5, ?6, ?7) ORDER BY xsk, pk, sk LIMIT ?4";

    private const string IndexDescending =
        "SELECT pk, sk, xsk FROM items WHERE xpk = ?1 AND xsk >= ?2 AND xsk < ?3 AND (?5 IS NULL OR (xsk, pk, sk) < (?5, ?6, ?7)) ORDER BY xsk DESC, pk DESC, sk DESC LIMIT ?4";

    private readonly AttributeNames _names = new();

    // Used on the writer's thread only.
    private readonly ByteWriter _encoded = new();

    /// <summary>The item as the file has it; the cache learns of it.</summary>
    public Item? Get(SqliteSession session, ItemKey key)
    {
        var moment = cache.Moment;
        var stored = Select(session, key, out var bytes);
        if (stored.Item is not null)
            cache.Read(key, stored, bytes, moment);
        return stored.Item;
    }

    /// <summary>The item and its place, for a write that follows in the same unit of work. The writer's thread only.</summary>
    public StoredItem Find(SqliteSession session, ItemKey key) => cache.TryFind(key, out var stored) ? stored : Select(session, key, out _);

    private StoredItem Select(SqliteSession session, ItemKey key, out int bytes)
    {
        using var select = session.Statement(SelectOne);
        select.Bind(1, key.Partition);
        select.Bind(2, key.Sort);
        if (!select.Step())
        {
            bytes = 0;
            return default;
        }

        var data = select.Bytes(0);
        bytes = data.Length;
        return new StoredItem(new Item(key, ItemCodec.Decode(data, _names)), select.Long(1));
    }

    public Page Query(SqliteSession session, Query query)
    {
        var range = ByteRange.Of(query.Range);
        if (query.After is not null)
            range = query.Descending ? range.EndingBefore(Encoding.UTF8.GetBytes(query.After)) : range.StartingBehind(query.After);

        using var select = session.Statement(query.Descending ? SelectDescending : SelectAscending);
        Bind(select, query.Partition, range, query.Limit);
        var items = new List<Item>();
        var bytes = 0;
        while (select.Step())
        {
            if (items.Count == query.Limit || bytes >= TableLimits.PageBytes)
                return new Page(items, items[^1].Key.Sort);
            var data = select.Bytes(1);
            bytes += data.Length;
            items.Add(new Item(new ItemKey(query.Partition, select.Text(0)), ItemCodec.Decode(data, _names)));
        }

        return new Page(items, null);
    }

    public static IndexPage Query(SqliteSession session, IndexQuery query)
    {
        var range = ByteRange.Of(query.Range);
        if (query.After is { } after)
        {
            range = query.Descending
                ? range.EndingBefore(ByteRange.Behind(after.IndexSort))
                : range.StartingAt(Encoding.UTF8.GetBytes(after.IndexSort));
        }

        using var select = session.Statement(query.Descending ? IndexDescending : IndexAscending);
        Bind(select, query.Partition, range, query.Limit);
        select.Bind(5, query.After?.IndexSort ?? (query.Descending ? null : string.Empty));
        select.Bind(6, query.After?.Key.Partition ?? string.Empty);
        select.Bind(7, query.After?.Key.Sort ?? string.Empty);
        var entries = new List<IndexEntry>();
        while (select.Step())
        {
            if (entries.Count == query.Limit)
                return new IndexPage(entries, entries[^1]);
            entries.Add(new IndexEntry(new ItemKey(select.Text(0), select.Text(1)), select.Text(2)));
        }

        return new IndexPage(entries, null);
    }

    /// <summary>Stores <paramref name="next"/> in place of <paramref name="current"/>; null is no item. The writer's thread only.</summary>
    public void Store(SqliteSession session, ItemKey key, StoredItem current, Item? next)
    {
        if (next is not null)
            ItemCodec.Encode(next.Attributes, _encoded);
        var row = current.Row;
        if (current.Item is null)
        {
            if (next is null)
                return;
            row = Insert(session, key, Columns.Of(next));
        }
        else if (next is null)
        {
            Delete(session, row);
        }
        else
        {
            Update(session, row, Columns.Of(next), isMoved: Columns.Of(current.Item) != Columns.Of(next));
        }

        cache.Change(key, new StoredItem(next, row), _encoded.Written.Length);
    }

    public int Sweep(SqliteSession session, long now, int max)
    {
        using var delete = session.Statement(DeleteExpired);
        delete.Bind(1, now);
        delete.Bind(2, max);
        var swept = 0;
        for (; delete.Step(); swept++)
            cache.Change(new ItemKey(delete.Text(0), delete.Text(1)), default, bytes: 0);
        return swept;
    }

    /// <returns>The new row.</returns>
    private long Insert(SqliteSession session, ItemKey key, Columns columns)
    {
        using var insert = session.Statement(InsertOne);
        insert.Bind(1, key.Partition);
        insert.Bind(2, key.Sort);
        insert.Bind(3, _encoded.Written);
        insert.Bind(4, columns.IndexPartition);
        insert.Bind(5, columns.IndexSort);
        insert.Bind(6, columns.TimeToLive);
        insert.Execute();
        return session.LastRow;
    }

    private void Update(SqliteSession session, long row, Columns columns, bool isMoved)
    {
        using var update = session.Statement(isMoved ? UpdateAll : UpdateData);
        update.Bind(1, row);
        update.Bind(2, _encoded.Written);
        if (isMoved)
        {
            update.Bind(3, columns.IndexPartition);
            update.Bind(4, columns.IndexSort);
            update.Bind(5, columns.TimeToLive);
        }

        update.Execute();
    }

    private static void Delete(SqliteSession session, long row)
    {
        using var delete = session.Statement(DeleteOne);
        delete.Bind(1, row);
        delete.Execute();
    }

    private static void Bind(SqliteStatement select, string partition, ByteRange range, int limit)
    {
        select.Bind(1, partition);
        if (range.Lower.Length == 0)
            select.Bind(2, string.Empty);
        else
            select.BindText(2, range.Lower);
        if (range.Upper is null)
            select.Bind(3, ReadOnlySpan<byte>.Empty);
        else
            select.BindText(3, range.Upper);

        // One more than asked tells whether there is a next page.
        select.Bind(4, limit + 1L);
    }

    /// <summary>What is kept beside the data because SQLite's indexes need it.</summary>
    private readonly record struct Columns(string? IndexPartition, string? IndexSort, long? TimeToLive)
    {
        public static Columns Of(Item item)
        {
            var isIndexed = item.Has(WellKnown.IndexPartition) && item.Has(WellKnown.IndexSort);
            var ttl = item[WellKnown.TimeToLive];
            return new Columns(
                isIndexed ? item[WellKnown.IndexPartition].String : null,
                isIndexed ? item[WellKnown.IndexSort].String : null,
                ttl.IsNone ? null : ttl.Number);
        }
    }
}

/// <summary>An item and where its row lies; both empty when there is none.</summary>
internal readonly record struct StoredItem(Item? Item, long Row);
