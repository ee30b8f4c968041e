using Evently.Shared.Messaging;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Seams.Tests;

/// <summary>What outlives a process: the table, the queues, the files, and the time.</summary>
internal sealed class Ground
{
    private Ground(FakeTimeProvider time, Func<TimeProvider, MemoryTableEngine> table, string directory)
    {
        Time = time;
        Table = table(time);
        Queues = MemoryEngines.Queues(time);
        Directory = directory;
    }

    public FakeTimeProvider Time { get; }

    public MemoryTableEngine Table { get; }

    public IQueueTransport Queues { get; }

    public string Directory { get; }

    public static Ground Fresh(string directory) =>
        new(new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero)), time => new MemoryTableEngine(time), directory);

    /// <summary>The same once more, to be changed apart. Queues must be empty.</summary>
    public Ground Copy() => Copy(Table.IsMetered);

    /// <param name="isMetered">Whether its writes are paid. Only where no saga waits: on the two kinds of table that is kept in two ways.</param>
    public Ground Copy(bool isMetered) => new(new FakeTimeProvider(Time.GetUtcNow()), time => Table.Copy(time, isMetered), Directory);
}
