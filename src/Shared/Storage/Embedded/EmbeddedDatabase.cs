using System.Diagnostics.Metrics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Storage.Embedded;

/// <summary>
/// The data file of the embedded mode: one SQLite file in a directory of its own, shared by the table and the queues, so that one flush serves
/// both. Written by one <see cref="GroupCommitWriter"/>, read by a <see cref="ReaderPool"/>; WAL, and every commit is flushed before it is answered.
/// </summary>
internal sealed class EmbeddedDatabase : IDisposable, IAsyncDisposable
{
    public const string FileName = "evently.db";
    private readonly DirectoryLock _lock;
    private readonly SqliteSession _session;
    private readonly ReaderPool _readers;
    private readonly string _log;
    private bool _disposed;

    private EmbeddedDatabase(DirectoryLock directoryLock, SqliteSession session, ReaderPool readers, CachedItems items, GroupCommitWriter writer, string log)
    {
        _lock = directoryLock;
        _session = session;
        _readers = readers;
        _log = log;
        Items = items;
        Writer = writer;
    }

    public CachedItems Items { get; }

    /// <summary>Bytes of the write-ahead log.</summary>
    public long LogBytes => new FileInfo(_log) is { Exists: true } log ? log.Length : 0;

    public GroupCommitWriter Writer { get; }

    /// <summary>Opens the directory's file, makes it when it is missing and brings its schema up to date.</summary>
    /// <exception cref="TableUnavailableException">Another process has the directory, it is not writable, or the file is from a newer program.</exception>
    public static EmbeddedDatabase Open(string directory, TimeProvider time, ILogger<EmbeddedDatabase> logger)
    {
        directory = Path.GetFullPath(directory);
        var directoryLock = DirectoryLock.Take(directory);
        SqliteSession? session = null;
        try
        {
            var file = Path.Combine(directory, FileName);
            DataFile.Make(file);
            var wasLeftOpen = DataFile.WasLeftOpen(file);
            session = SqliteSession.Open(file, SqliteOpenMode.ReadWriteCreate);
            session.Run(
                """
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;
                PRAGMA busy_timeout = 5000;
                PRAGMA temp_store = MEMORY;
                PRAGMA cache_size = -65536;
                PRAGMA wal_autocheckpoint = 16000;
                PRAGMA journal_size_limit = 67108864;
                """);
            DataFile.CheckModes(session, directory);
            if (wasLeftOpen)
                DataFile.CheckPages(session, directory);
            EmbeddedSchema.Upgrade(session);
            var items = new CachedItems();
            return new EmbeddedDatabase(
                directoryLock,
                session,
                new ReaderPool(file, Math.Clamp(Environment.ProcessorCount * 2, 4, 16)),
                items,
                new GroupCommitWriter(session, items, time, logger),
                file + "-wal");
        }
        catch (Exception exception)
        {
            session?.Dispose();
            directoryLock.Dispose();
            if (exception is SqliteException)
                throw new TableUnavailableException($"The data file in '{directory}' (Evently:Storage:DataDirectory) cannot be opened: {exception.Message}", exception);
            throw;
        }
    }

    public void Measure(IMeterFactory meters) => Writer.Metrics = new WriterMetrics(meters, () => Writer.Waiting, () => LogBytes);

    /// <summary>
    /// Runs a unit of work on the writer's thread inside the batch's transaction and answers after the batch is flushed. Either all of the unit's
    /// writes are in the file or, when it throws, none; its neighbours are not affected. The unit must have no effect but through the
    /// session and may be run again from the start (with its writes undone) when a neighbour fails. It blocks every other write: microseconds only.
    /// </summary>
    /// <exception cref="TableThrottledException">The backlog was full for <see cref="GroupCommitWriter.LongestWait"/>.</exception>
    /// <exception cref="WriteOutcomeUnknownException">The commit failed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while it waited; nothing was written. Once the unit has begun, cancelling has no effect.</exception>
    public ValueTask<T> ExecuteAsync<TState, T>(TState state, Func<SqliteSession, TState, T> work, CancellationToken cancellationToken) =>
        Writer.ExecuteAsync(state, work, cancellationToken);

    /// <inheritdoc cref="ExecuteAsync{TState,T}"/>
    public ValueTask<T> ExecuteAsync<T>(Func<SqliteSession, T> work, CancellationToken cancellationToken) =>
        Writer.ExecuteAsync(work, static (session, unit) => unit(session), cancellationToken);

    /// <summary>
    /// Runs a read on the caller's thread. It sees every write that was answered before; each statement inside it sees its own moment.
    /// </summary>
    public async ValueTask<T> ReadAsync<TState, T>(TState state, Func<SqliteSession, TState, T> read, CancellationToken cancellationToken)
    {
        try
        {
            return await _readers.ReadAsync(state, read, cancellationToken);
        }
        catch (TableUnavailableException exception) when (exception.InnerException is SqliteException damage && DataFile.IsDamage(damage))
        {
            Writer.Break(damage);
            throw;
        }
    }

    /// <inheritdoc cref="ReadAsync{TState,T}"/>
    public ValueTask<T> ReadAsync<T>(Func<SqliteSession, T> read, CancellationToken cancellationToken) =>
        ReadAsync(read, static (session, unit) => unit(session), cancellationToken);

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Commits what waits, moves the log into the file and lets go of the directory.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        await Writer.StopAsync();
        _readers.Dispose();
        try
        {
            _session.Run("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch (SqliteException)
        {
            // A read still runs, or the disk is full. Nothing is lost: the log is read at the next start.
        }

        _session.Dispose();
        _lock.Dispose();
    }
}
