using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Evently.Shared.Storage.Embedded;

/// <summary>One connection and its prepared statements, used by one thread at a time.</summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly sqlite3 _handle;
    private readonly Dictionary<string, SqliteStatement> _statements = new(StringComparer.Ordinal);

    private SqliteSession(SqliteConnection connection)
    {
        _connection = connection;
        _handle = connection.Handle!;
    }

    /// <summary>False when SQLite rolled the transaction back by itself, as it does on a full disk.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>The id of the row that was inserted last.</summary>
    public long LastRow => raw.sqlite3_last_insert_rowid(_handle);

    /// <summary>Rows changed since the session opened. Schema changes don't count.</summary>
    public long TotalChanges => raw.sqlite3_total_changes(_handle);

    /// <summary>The prepared statement of this SQL text, kept for the session's life; so the text is a constant. Dispose it after each use.</summary>
    public SqliteStatement Statement(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            var code = raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var prepared);
            if (code != raw.SQLITE_OK)
                SqliteException.ThrowExceptionForRC(code, _handle);
            _statements.Add(sql, statement = new SqliteStatement(_handle, prepared));
        }

        return statement.Use();
    }

    /// <summary>Runs SQL without parameters and results, such as schema changes and pragmas.</summary>
    public void Run(string sql)
    {
        var code = raw.sqlite3_exec(_handle, sql);
        if (code != raw.SQLITE_OK)
            SqliteException.ThrowExceptionForRC(code, _handle);
    }

    public long Scalar(string sql)
    {
        using var statement = Statement(sql);
        return statement.Step() ? statement.Long(0) : 0;
    }

    /// <summary>The text of a pragma's first row; empty without one.</summary>
    public string Word(string sql)
    {
        using var statement = Statement(sql);
        return statement.Step() ? statement.Text(0) : "";
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
            statement.Close();
        _connection.Dispose();
    }

    internal static SqliteSession Open(string file, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = file,
            Mode = mode,
            Pooling = false,
        }.ToString());
        try
        {
            connection.Open();
            return new SqliteSession(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
