using System.Buffers;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Evently.Shared.Storage.Embedded;

/// <summary>
/// A prepared statement of one <see cref="SqliteSession"/>. Parameters count from 1, columns from 0. Disposing it resets it for its next
/// use and ends its read; the session finalizes it. It binds and reads spans, which the ADO layer can't without copies.
/// </summary>
internal sealed class SqliteStatement(sqlite3 connection, sqlite3_stmt statement) : IDisposable
{
    private const int StackBytes = 512;
    private bool _inUse;

    public void Bind(int parameter, long value) => Check(raw.sqlite3_bind_int64(statement, parameter, value));

    public void Bind(int parameter, string? value)
    {
        if (value is null)
            Check(raw.sqlite3_bind_null(statement, parameter));
        else if (value.Length == 0)
            Check(raw.sqlite3_bind_text(statement, parameter, value));
        else
            BindEncoded(parameter, value);
    }

    public void Bind(int parameter, long? value)
    {
        if (value is { } number)
            Bind(parameter, number);
        else
            Check(raw.sqlite3_bind_null(statement, parameter));
    }

    public void Bind(int parameter, ReadOnlySpan<byte> blob) =>
        Check(blob.IsEmpty ? raw.sqlite3_bind_zeroblob(statement, parameter, 0) : raw.sqlite3_bind_blob(statement, parameter, blob));

    /// <summary>Binds UTF-8 bytes as text; never empty.</summary>
    public void BindText(int parameter, ReadOnlySpan<byte> utf8) => Check(raw.sqlite3_bind_text(statement, parameter, utf8));

    /// <summary>Moves to the next row; false behind the last.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(statement);
        if (code == raw.SQLITE_ROW)
            return true;
        if (code != raw.SQLITE_DONE)
            SqliteException.ThrowExceptionForRC(code, connection);
        return false;
    }

    /// <summary>Runs a statement that returns no rows.</summary>
    /// <returns>How many rows it inserted, changed or deleted.</returns>
    public int Execute()
    {
        while (Step())
        {
        }

        return raw.sqlite3_changes(connection);
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;

    public long Long(int column) => raw.sqlite3_column_int64(statement, column);

    public string Text(int column) => Encoding.UTF8.GetString(Bytes(column));

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    /// <summary>The bytes of a blob or text. Valid until the next step or the end of use.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(statement, column);

    public void Dispose()
    {
        raw.sqlite3_reset(statement);
        raw.sqlite3_clear_bindings(statement);
        _inUse = false;
    }

    internal SqliteStatement Use()
    {
        if (_inUse)
            throw new InvalidOperationException("The statement is in use: it is shared by its SQL text, so dispose it before the same SQL is used again.");
        _inUse = true;
        return this;
    }

    internal void Close() => statement.Dispose();

    private void BindEncoded(int parameter, string value)
    {
        var bound = Encoding.UTF8.GetMaxByteCount(value.Length);
        byte[]? rented = null;
        Span<byte> buffer = bound <= StackBytes ? stackalloc byte[StackBytes] : (rented = ArrayPool<byte>.Shared.Rent(bound));
        var length = Encoding.UTF8.GetBytes(value, buffer);
        var code = raw.sqlite3_bind_text(statement, parameter, buffer[..length]);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        Check(code);
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
            SqliteException.ThrowExceptionForRC(code, connection);
    }
}
