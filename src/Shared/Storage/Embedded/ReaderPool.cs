using Microsoft.Data.Sqlite;

namespace Evently.Shared.Storage.Embedded;

/// <summary>
/// A bounded set of read-only sessions. A read takes microseconds, so it runs on its caller's thread; only a caller who finds all sessions taken waits.
/// Each read sees everything that was committed before it began.
/// </summary>
internal sealed class ReaderPool(string file, int size) : IDisposable
{
    private readonly SemaphoreSlim _free = new(size);
    private readonly Stack<SqliteSession> _idle = new(size);
    private readonly Lock _gate = new();
    private bool _disposed;

    public async ValueTask<T> ReadAsync<TState, T>(TState state, Func<SqliteSession, TState, T> read, CancellationToken cancellationToken)
    {
        if (!_free.Wait(0, CancellationToken.None))
            await _free.WaitAsync(cancellationToken);
        SqliteSession? session = null;
        try
        {
            session = Rent();
            return read(session, state);
        }
        catch (SqliteException exception)
        {
            throw new TableUnavailableException("The data file could not be read.", exception);
        }
        finally
        {
            Return(session);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            while (_idle.TryPop(out var session))
                session.Dispose();
        }
    }

    private SqliteSession Rent()
    {
        lock (_gate)
        {
            if (_disposed)
                throw new TableUnavailableException("The store is closed.");
            if (_idle.TryPop(out var idle))
                return idle;
        }

        var session = SqliteSession.Open(file, SqliteOpenMode.ReadOnly);
        session.Run("PRAGMA busy_timeout = 5000; PRAGMA temp_store = MEMORY;");
        return session;
    }

    private void Return(SqliteSession? session)
    {
        lock (_gate)
        {
            if (session is not null && _disposed)
                session.Dispose();
            else if (session is not null)
                _idle.Push(session);
        }

        _free.Release();
    }
}
