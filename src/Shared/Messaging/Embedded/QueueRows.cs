using Evently.Shared.Storage.Embedded;

namespace Evently.Shared.Messaging.Embedded;

/// <summary>The SQL of the queues; see <see cref="EmbeddedSchema"/> for the table. Every statement goes by the row's key.</summary>
internal static class QueueRows
{
    private const string InsertOne = "INSERT INTO queue_messages (id, queue, message, grp, body, trace, sent, receives, dead) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0)";
    private const string DeleteOne = "DELETE FROM queue_messages WHERE id = ?1";
    private const string CountOne = "UPDATE queue_messages SET receives = ?2 WHERE id = ?1";
    private const string BuryOne = "UPDATE queue_messages SET dead = 1 WHERE id = ?1";
    private const string ReviveOne = "UPDATE queue_messages SET dead = 0, receives = 0 WHERE id = ?1";
    private const string SelectBody = "SELECT message, body, trace FROM queue_messages WHERE id = ?1";
    private const string SelectQueue = "SELECT id, grp, sent, receives, dead FROM queue_messages WHERE queue = ?1 AND id > ?2 ORDER BY id LIMIT ?3";

    public static long LastKey(SqliteSession session) => session.Scalar("SELECT COALESCE(MAX(id), 0) FROM queue_messages");

    public static void Insert(SqliteSession session, long key, string queue, QueueMessage message, DateTimeOffset sentAt)
    {
        using var insert = session.Statement(InsertOne);
        insert.Bind(1, key);
        insert.Bind(2, queue);
        insert.Bind(3, message.Id);
        insert.Bind(4, message.Group);
        insert.Bind(5, message.Body);
        insert.Bind(6, message.TraceParent);
        insert.Bind(7, sentAt.ToUnixTimeMilliseconds());
        insert.Execute();
    }

    public static void Delete(SqliteSession session, long key) => Run(session, DeleteOne, key);

    public static void Bury(SqliteSession session, long key) => Run(session, BuryOne, key);

    public static void Revive(SqliteSession session, long key) => Run(session, ReviveOne, key);

    public static void Count(SqliteSession session, long key, int receives)
    {
        using var count = session.Statement(CountOne);
        count.Bind(1, key);
        count.Bind(2, receives);
        count.Execute();
    }

    /// <summary>The message; null when the row is gone.</summary>
    public static QueueMessage? Message(SqliteSession session, long key, string group)
    {
        using var select = session.Statement(SelectBody);
        select.Bind(1, key);
        return select.Step() ? new QueueMessage(select.Text(0), group, select.Text(1), select.TextOrNull(2)) : null;
    }

    /// <summary>A page of a queue's rows behind a key, without bodies.</summary>
    public static List<Row> Page(SqliteSession session, string queue, long after, int limit)
    {
        using var select = session.Statement(SelectQueue);
        select.Bind(1, queue);
        select.Bind(2, after);
        select.Bind(3, limit);
        List<Row> rows = [];
        while (select.Step())
        {
            rows.Add(new Row(
                select.Long(0),
                select.Text(1),
                DateTimeOffset.FromUnixTimeMilliseconds(select.Long(2)),
                (int)select.Long(3),
                select.Long(4) != 0));
        }

        return rows;
    }

    private static void Run(SqliteSession session, string sql, long key)
    {
        using var statement = session.Statement(sql);
        statement.Bind(1, key);
        statement.Execute();
    }

    internal readonly record struct Row(long Key, string Group, DateTimeOffset SentAt, int ReceiveCount, bool IsDead);
}
