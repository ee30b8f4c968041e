using System.Diagnostics;
using Evently.Shared.Storage;
using Evently.Shared.Storage.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace Evently.Shared.Tests.Storage.Embedded;

/// <summary>Figures for this machine and disk; run by name with <c>-explicit only</c>.</summary>
public sealed class EmbeddedThroughputTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact(Explicit = true)]
    public async Task Measure_writes_and_reads()
    {
        await using var database = EmbeddedDatabase.Open(_directory.Path, TimeProvider.System, NullLogger<EmbeddedDatabase>.Instance);
        var engine = new EmbeddedTableEngine(database, TimeProvider.System);
        foreach (var (workers, writes) in new[] { (1, 2_000), (16, 20_000), (64, 50_000), (256, 100_000), (1_024, 100_000) })
        {
            var commits = database.Writer.Commits;
            var clock = Stopwatch.StartNew();
            await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => WriteAsync(engine, worker, writes / workers)));
            output.WriteLine($"{workers,5} writers: {writes / clock.Elapsed.TotalSeconds,9:N0} conditional updates/s, {writes / (double)(database.Writer.Commits - commits):N1} a commit");
        }

        const int reads = 200_000;
        foreach (var readers in new[] { 1, 8 })
        {
            var clock = Stopwatch.StartNew();
            await Task.WhenAll(Enumerable.Range(0, readers).Select(reader => Task.Factory.StartNew(
                async () =>
                {
                    for (var i = 0; i < reads / readers; i++)
                        await engine.GetAsync(new($"row {reader}", $"{i % 50}"), Consistency.Strong, Cancellation);
                },
                Cancellation,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default).Unwrap()));
            output.WriteLine($"{readers,5} readers: {reads / clock.Elapsed.TotalSeconds,9:N0} gets/s");
        }
    }

    private static async Task WriteAsync(EmbeddedTableEngine engine, int worker, int writes)
    {
        var seat = new byte[26];
        for (var i = 0; i < writes; i++)
        {
            var name = $"s{i % 20}";
            var update = Write.Update(new($"row {worker}", $"{i % 50}"), [Change.Set(name, seat)], Condition.Any(Condition.Absent(name), Condition.Less(name, new byte[] { 1 })));
            Assert.True((await engine.WriteAsync(update, Cancellation)).Applied);
        }
    }
}
