using Microsoft.Data.Sqlite;

namespace Evently.Shared.Storage.Embedded;

/// <summary>The files of the embedded store: for nobody but their owner, and looked through after a stop that closed nothing.</summary>
internal static class DataFile
{
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnersDirectory = OwnersFile | UnixFileMode.UserExecute;

    /// <summary>FULL; lower settings answer before the flush.</summary>
    private const long SynchronousFull = 2;

    /// <summary>A directory that is there keeps the rights that its owner gave it.</summary>
    public static void MakeDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(directory);
        else if (!Directory.Exists(directory))
            Directory.CreateDirectory(directory, OwnersDirectory);
    }

    /// <summary>Made before SQLite opens it, which gives its log and index the rights of the file.</summary>
    public static void Make(string file)
    {
        if (OperatingSystem.IsWindows() || File.Exists(file))
            return;
        new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnersFile }).Dispose();
    }

    /// <summary>A clean stop moves the log into the file.</summary>
    public static bool WasLeftOpen(string file) => new FileInfo(file + "-wal") is { Exists: true, Length: > 0 };

    /// <summary>What every promise of durability leans on.</summary>
    public static void CheckModes(SqliteSession session, string directory)
    {
        if (session.Word("PRAGMA journal_mode") is var journal && journal != "wal")
            throw new TableUnavailableException($"The data file in '{directory}' (Evently:Storage:DataDirectory) has the journal mode {journal}; its file system does not support WAL.");
        if (session.Scalar("PRAGMA synchronous") != SynchronousFull)
            throw new TableUnavailableException($"The data file in '{directory}' (Evently:Storage:DataDirectory) does not flush its commits.");
    }

    /// <summary>Every page is read and its order checked: some 200 MB a second.</summary>
    public static void CheckPages(SqliteSession session, string directory)
    {
        if (session.Word("PRAGMA quick_check(1)") is var found && found != "ok")
            throw new TableUnavailableException($"The data file in '{directory}' (Evently:Storage:DataDirectory) is damaged: {found}. Restore a copy of it.");
    }

    /// <summary>The file or the disk is broken: what is written from now on may not be there later.</summary>
    public static bool IsDamage(SqliteException exception) => exception.SqliteErrorCode is SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB or SQLitePCL.raw.SQLITE_IOERR;

    /// <summary>Nothing of the commit is in the file, nor will be: the page that makes it one could not be written.</summary>
    public static bool IsFull(SqliteException exception) => exception.SqliteErrorCode == SQLitePCL.raw.SQLITE_FULL;
}
