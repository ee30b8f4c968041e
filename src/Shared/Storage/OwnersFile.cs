namespace Evently.Shared.Storage;

/// <summary>Small files beside the embedded store that nobody but the owner of the process may read.</summary>
public static class OwnersFile
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Written beside and renamed, so that a crash leaves no half of it behind.</summary>
    /// <exception cref="IOException">It is there already and must not be <paramref name="replace"/>d, or can't be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, bool replace)
    {
        Embedded.DataFile.MakeDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var temporary = path + ".new";
        var create = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            create.UnixCreateMode = Owner;
        File.Delete(temporary);
        using (var file = new FileStream(temporary, create))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, replace);
    }
}
