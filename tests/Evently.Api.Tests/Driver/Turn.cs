using System.Diagnostics;
using Evently.Shared.Tests.Emulators;

namespace Evently.Api.Tests.Driver;

/// <summary>
/// The suites that start hosts take turns: each loads a small machine fully, and side by side they would only measure each other. `dotnet test` runs projects
/// in parallel.
/// </summary>
internal sealed class Turn : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private readonly FileStream _lock;

    private Turn(FileStream turn) => _lock = turn;

    public static async Task<Turn> TakeAsync()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Emulator.RepositoryRoot(), ".emulators"));
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return new Turn(new FileStream(Path.Combine(folder.FullName, ".turn"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(started) < Longest)
            {
                await Task.Delay(Pause, TimeProvider.System);
            }
        }
    }

    public void Dispose() => _lock.Dispose();
}
