namespace Evently.Shared.Storage.Embedded;

/// <summary>The steps that bring a database file from empty to current. A step that has been released never changes; a new one is appended.</summary>
internal static class EmbeddedSchema
{
    /// <summary><c>PRAGMA user_version</c> counts the steps that a file has seen.</summary>
    public static readonly IReadOnlyList<string> Steps =
    [
        // TEXT keys compare with memcmp of their UTF-8 bytes, which is the table's order. xpk is set only beside xsk: the index is sparse.
        """
        CREATE TABLE items (
            pk TEXT NOT NULL,
            sk TEXT NOT NULL,
            data BLOB NOT NULL,
            xpk TEXT,
            xsk TEXT,
            ttl INTEGER,
            PRIMARY KEY (pk, sk)
        ) WITHOUT ROWID;
        CREATE INDEX items_by_index ON items (xpk, xsk, pk, sk) WHERE xpk IS NOT NULL;
        CREATE INDEX items_by_ttl ON items (ttl) WHERE ttl IS NOT NULL;
        """,

        // Queues. sent is Unix milliseconds; dead is 1 in the dead-letter queue.
        """
        CREATE TABLE queue_messages (
            id INTEGER PRIMARY KEY,
            queue TEXT NOT NULL,
            message TEXT NOT NULL,
            grp TEXT NOT NULL,
            body TEXT NOT NULL,
            trace TEXT,
            sent INTEGER NOT NULL,
            receives INTEGER NOT NULL,
            dead INTEGER NOT NULL
        );
        CREATE INDEX queue_messages_by_queue ON queue_messages (queue, id);
        """,

        // The rows lie in the order in which they came, and their keys in an index of their own: what is new fills the same few pages, whatever its key, and
        // a row of up to a page needs no overflow.
        """
        CREATE TABLE rows (
            id INTEGER PRIMARY KEY,
            pk TEXT NOT NULL,
            sk TEXT NOT NULL,
            data BLOB NOT NULL,
            xpk TEXT,
            xsk TEXT,
            ttl INTEGER
        );
        INSERT INTO rows (pk, sk, data, xpk, xsk, ttl) SELECT pk, sk, data, xpk, xsk, ttl FROM items ORDER BY pk, sk;
        DROP TABLE items;
        ALTER TABLE rows RENAME TO items;
        CREATE UNIQUE INDEX items_by_key ON items (pk, sk);
        CREATE INDEX items_by_index ON items (xpk, xsk, pk, sk) WHERE xpk IS NOT NULL;
        CREATE INDEX items_by_ttl ON items (ttl) WHERE ttl IS NOT NULL;
        """,
    ];

    public static void Upgrade(SqliteSession session)
    {
        var version = session.Scalar("PRAGMA user_version");
        if (version > Steps.Count)
            throw new TableUnavailableException($"The data file has schema version {version}; this program knows {Steps.Count}. It was written by a newer Evently.");
        for (var step = (int)version; step < Steps.Count; step++)
            session.Run($"BEGIN IMMEDIATE; {Steps[step]} PRAGMA user_version = {step + 1}; COMMIT;");
    }
}
