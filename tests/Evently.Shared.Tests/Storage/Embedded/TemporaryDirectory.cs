namespace Evently.Shared.Tests.Storage.Embedded;

internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("evently-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
