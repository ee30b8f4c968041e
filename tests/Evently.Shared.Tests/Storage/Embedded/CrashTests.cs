using System.Diagnostics;
using System.Globalization;
using Evently.Shared.Storage;
using Evently.Shared.Storage.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace Evently.Shared.Tests.Storage.Embedded;

public sealed class CrashTests : IDisposable
{
    private const string DirectoryVariable = "EVENTLY_CRASH_DIRECTORY";
    private const string RoundVariable = "EVENTLY_CRASH_ROUND";
    private const int Workers = 16;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Every_answered_write_is_there_after_the_process_was_killed()
    {
        const int rounds = 3;
        for (var round = 0; round < rounds; round++)
        {
            using var child = StartChild(round);
            await WaitForAnswersAsync(child, round, 500 + (round * 333));
            if (round == 0)
                Assert.Throws<TableUnavailableException>(Open);
            child.Kill();
            await child.WaitForExitAsync(Cancellation);
        }

        await using var database = Open();
        var engine = new EmbeddedTableEngine(database, TimeProvider.System);
        for (var round = 0; round < rounds; round++)
        {
            var answers = await ReadAnswersAsync(round);
            Assert.True(answers.Count >= 500);
            foreach (var answer in answers)
                Assert.NotNull(await engine.GetAsync(new(answer, "-"), Consistency.Strong, Cancellation));
        }

        Assert.Equal(1, await database.ReadAsync(session => session.Scalar("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), Cancellation));
    }

    /// <summary>The child of the test above: writes, and notes every answered write, until it is killed.</summary>
    [Fact(Explicit = true)]
    public async Task Child()
    {
        var directory = Environment.GetEnvironmentVariable(DirectoryVariable);
        Assert.NotNull(directory);
        var round = int.Parse(Environment.GetEnvironmentVariable(RoundVariable)!, CultureInfo.InvariantCulture);
        await using var database = EmbeddedDatabase.Open(directory, TimeProvider.System, NullLogger<EmbeddedDatabase>.Instance);
        var engine = new EmbeddedTableEngine(database, TimeProvider.System);
        await using var answers = new StreamWriter(AnswersFile(directory, round)) { AutoFlush = true };
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(async worker =>
        {
            for (var i = 0; ; i++)
            {
                var key = $"round {round} worker {worker} write {i}";
                await engine.WriteAsync(Write.Put(new(key, "-"), new Dictionary<string, Value> { ["data"] = new byte[i % 900] }, Condition.ItemAbsent), Cancellation);
                lock (answers)
                    answers.WriteLine(key);
            }
        }));
    }

    private static string AnswersFile(string directory, int round) => Path.Combine(directory, $"answers-{round}.txt");

    private Process StartChild(int round)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [typeof(CrashTests).Assembly.Location, "-method", $"{typeof(CrashTests).FullName}.{nameof(Child)}", "-explicit", "only"])
        {
            RedirectStandardOutput = true,
        };
        start.Environment[DirectoryVariable] = _directory.Path;
        start.Environment[RoundVariable] = round.ToString(CultureInfo.InvariantCulture);
        return Process.Start(start)!;
    }

    private async Task WaitForAnswersAsync(Process child, int round, int count)
    {
        var started = TimeProvider.System.GetTimestamp();
        while ((await ReadAnswersAsync(round)).Count < count)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < LongestWait, "The child does not write.");
            if (child.HasExited)
                Assert.Fail($"The child ended by itself: {await child.StandardOutput.ReadToEndAsync(Cancellation)}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
        }
    }

    /// <summary>Whole lines only: the last may be cut by the kill.</summary>
    private async Task<List<string>> ReadAnswersAsync(int round)
    {
        if (!File.Exists(AnswersFile(_directory.Path, round)))
            return [];
        await using var file = new FileStream(AnswersFile(_directory.Path, round), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        var text = await reader.ReadToEndAsync(Cancellation);
        return [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private EmbeddedDatabase Open() => EmbeddedDatabase.Open(_directory.Path, TimeProvider.System, NullLogger<EmbeddedDatabase>.Instance);
}
