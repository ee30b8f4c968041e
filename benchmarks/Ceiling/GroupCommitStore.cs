using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Evently.Ceiling;

/// <summary>
/// A file of rows with one writer thread, which takes what has queued up, inserts it in one transaction and answers after the flush. The file is set up
/// as Evently's own, and so are the bounds, so that what Evently does beyond this is all that a ratio to it shows.
/// </summary>
internal sealed class GroupCommitStore : IDisposable
{
    private const int QueuedHolds = 4_096;
    private const int BatchHolds = 512;
    private const int RowsPerHold = 2;
    private const int RowBytes = 200;

    private readonly Channel<Hold> _queue = Channel.CreateBounded<Hold>(
        new BoundedChannelOptions(QueuedHolds) { SingleReader = true, AllowSynchronousContinuations = true });

    private readonly SqliteConnection _connection;
    private readonly sqlite3 _handle;
    private readonly sqlite3_stmt _begin;
    private readonly sqlite3_stmt _insert;
    private readonly sqlite3_stmt _commit;
    private readonly byte[] _row = new byte[RowBytes];
    private readonly Thread _thread;

    public GroupCommitStore(string file)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        _connection.Open();
        _handle = _connection.Handle!;
        Check(raw.sqlite3_exec(
            _handle,
            """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = FULL;
            PRAGMA cache_size = -65536;
            PRAGMA wal_autocheckpoint = 4000;
            PRAGMA journal_size_limit = 67108864;
            CREATE TABLE IF NOT EXISTS items (key BLOB PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
            """));
        _begin = Prepare("BEGIN IMMEDIATE");
        _insert = Prepare("INSERT INTO items (key, data) VALUES (?, ?)");
        _commit = Prepare("COMMIT");
        _thread = new Thread(Loop) { IsBackground = true, Name = "ceiling-writer" };
        _thread.Start();
    }

    /// <summary>Completes when the rows of one hold are on the disk.</summary>
    public async ValueTask WriteAsync(DateTimeOffset now)
    {
        var hold = new Hold(now);
        await _queue.Writer.WriteAsync(hold);
        await hold.Written;
    }

    public void Dispose()
    {
        _queue.Writer.TryComplete();
        _thread.Join();
        foreach (var statement in (sqlite3_stmt[])[_begin, _insert, _commit])
            raw.sqlite3_finalize(statement);
        _connection.Dispose();
    }

    private void Loop()
    {
        var batch = new List<Hold>(BatchHolds);
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (batch.Count < BatchHolds && _queue.Reader.TryRead(out var hold))
                batch.Add(hold);
            Commit(batch);
            batch.Clear();
        }
    }

    private void Commit(List<Hold> batch)
    {
        try
        {
            Step(_begin);
            foreach (var hold in batch)
            {
                for (var row = 0; row < RowsPerHold; row++)
                    Insert(Guid.CreateVersion7(hold.At));
            }

            Step(_commit);
        }
        catch (SqliteException exception)
        {
            if (raw.sqlite3_get_autocommit(_handle) == 0)
                raw.sqlite3_exec(_handle, "ROLLBACK");
            foreach (var hold in batch)
                hold.Fail(exception);
            return;
        }

        foreach (var hold in batch)
            hold.Succeed();
    }

    private void Insert(Guid key)
    {
        Span<byte> bytes = stackalloc byte[16];
        key.TryWriteBytes(bytes, bigEndian: true, out _);
        raw.sqlite3_bind_blob(_insert, 1, bytes);
        raw.sqlite3_bind_blob(_insert, 2, _row);
        Step(_insert);
    }

    private void Step(sqlite3_stmt statement)
    {
        var code = raw.sqlite3_step(statement);
        raw.sqlite3_reset(statement);
        if (code is not (raw.SQLITE_DONE or raw.SQLITE_ROW))
            Check(code);
    }

    private sqlite3_stmt Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var statement));
        return statement;
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
            SqliteException.ThrowExceptionForRC(code, _handle);
    }

    private sealed class Hold(DateTimeOffset at)
    {
        private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public DateTimeOffset At => at;

        public Task Written => _written.Task;

        public void Succeed() => _written.SetResult();

        public void Fail(Exception exception) => _written.SetException(exception);
    }
}
