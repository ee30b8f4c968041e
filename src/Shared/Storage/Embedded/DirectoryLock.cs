namespace Evently.Shared.Storage.Embedded;

/// <summary>Keeps a data directory to one process: a lock file that is held open and shared with nobody. The system frees it when the process dies.</summary>
internal sealed class DirectoryLock : IDisposable
{
    private const string FileName = "evently.lock";
    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    public static DirectoryLock Take(string directory)
    {
        try
        {
            DataFile.MakeDirectory(directory);
            return new DirectoryLock(new FileStream(Path.Combine(directory, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new TableUnavailableException($"The data directory '{directory}' (Evently:Storage:DataDirectory) is not writable.", exception);
        }
        catch (IOException exception)
        {
            throw new TableUnavailableException(
                $"The data directory '{directory}' (Evently:Storage:DataDirectory) is in use by another Evently process, or cannot be made. One process at a time can have it.",
                exception);
        }
    }

    public void Dispose() => _file.Dispose();
}
