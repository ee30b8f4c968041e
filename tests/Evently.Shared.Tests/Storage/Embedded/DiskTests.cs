using System.Collections.Concurrent;
using System.Globalization;
using Evently.Shared.Storage;
using Evently.Shared.Storage.Embedded;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Shared.Tests.Storage.Embedded;

/// <summary>Disks that fill up, are freed again, and break.</summary>
public sealed class DiskTests : IDisposable
{
    /// <summary>More with <c>EVENTLY_FILLS=50</c>.</summary>
    private static readonly int Fills = int.Parse(Environment.GetEnvironmentVariable("EVENTLY_FILLS") ?? "5", CultureInfo.InvariantCulture);

    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public void Dispose() => _directory.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_disk_that_fills_up_and_is_freed_again_loses_nothing_and_says_so_while_it_is_full()
    {
        var acknowledged = new ConcurrentDictionary<string, byte>();
        var refused = new ConcurrentDictionary<string, byte>();
        await using (var database = Open())
        {
            var engine = new EmbeddedTableEngine(database, TimeProvider.System);
            var number = 0;
            for (var fill = 0; fill < Fills; fill++)
            {
                await LimitAsync(database, roomPages: 40);
                await Parallel.ForAsync(0, 200, Stop, async (_, token) =>
                {
                    var id = Interlocked.Increment(ref number).ToString(CultureInfo.InvariantCulture);
                    try
                    {
                        await engine.WriteAsync(Write.Put(new ItemKey("DISK", id), new Dictionary<string, Value> { ["x"] = new byte[8_000] }, Condition.ItemAbsent), token);
                        acknowledged[id] = 0;
                    }
                    catch (TableUnavailableException exception)
                    {
                        Assert.IsNotType<WriteOutcomeUnknownException>(exception);
                        refused[id] = 0;
                    }
                });
                await FillAsync(engine, fill);
                await Assert.ThrowsAnyAsync<TableUnavailableException>(() => engine.PingAsync(Stop).AsTask());
                await LimitAsync(database, roomPages: 1_000_000);
                _time.Advance(TimeSpan.FromSeconds(10));
                await engine.PingAsync(Stop);
            }

            Assert.NotEmpty(refused);
        }

        await using var again = Open();
        var after = new EmbeddedTableEngine(again, TimeProvider.System);
        foreach (var id in acknowledged.Keys)
            Assert.NotNull(await after.GetAsync(new ItemKey("DISK", id), Consistency.Strong, Stop));
        foreach (var id in refused.Keys)
            Assert.Null(await after.GetAsync(new ItemKey("DISK", id), Consistency.Strong, Stop));
    }

    [Fact]
    public async Task A_damaged_file_takes_no_more_writes()
    {
        await using (var database = Open())
        {
            var engine = new EmbeddedTableEngine(database, TimeProvider.System);
            for (var i = 0; i < 300; i++)
                await engine.WriteAsync(Write.Put(new ItemKey("P", $"{i}"), new Dictionary<string, Value> { ["x"] = new byte[8_000] }, Condition.Always), Stop);
        }

        Damage(Path.Combine(_directory.Path, EmbeddedDatabase.FileName));
        await using var damaged = Open();
        var reader = new EmbeddedTableEngine(damaged, TimeProvider.System);
        await Assert.ThrowsAnyAsync<TableUnavailableException>(async () =>
        {
            for (var i = 0; i < 300; i++)
                await reader.GetAsync(new ItemKey("P", $"{i}"), Consistency.Strong, Stop);
        });
        await Assert.ThrowsAnyAsync<TableUnavailableException>(() =>
            reader.WriteAsync(Write.Put(new ItemKey("Q", "1"), new Dictionary<string, Value>(), Condition.Always), Stop).AsTask());
        await Assert.ThrowsAnyAsync<TableUnavailableException>(() => reader.PingAsync(Stop).AsTask());
    }

    [Fact]
    public async Task After_a_stop_that_closed_nothing_the_file_is_looked_through()
    {
        var file = Path.Combine(_directory.Path, EmbeddedDatabase.FileName);
        await using (var database = Open())
        {
            var engine = new EmbeddedTableEngine(database, TimeProvider.System);
            for (var i = 0; i < 300; i++)
                await engine.WriteAsync(Write.Put(new ItemKey("P", $"{i}"), new Dictionary<string, Value> { ["x"] = new byte[8_000] }, Condition.Always), Stop);
        }

        Damage(file);
        await File.WriteAllBytesAsync(file + "-wal", new byte[32], Stop);
        var refused = Assert.Throws<TableUnavailableException>(Open);
        Assert.Contains("damaged", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_files_are_for_nobody_but_their_owner()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has other rights.");
        var directory = Path.Combine(_directory.Path, "made");
        await using var database = EmbeddedDatabase.Open(directory, TimeProvider.System, NullLogger<EmbeddedDatabase>.Instance);
        await new EmbeddedTableEngine(database, TimeProvider.System).PingAsync(Stop);
        if (OperatingSystem.IsWindows())
            return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory));
        foreach (var suffix in (string[])["", "-wal", "-shm"])
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(directory, EmbeddedDatabase.FileName + suffix)));
    }

    private EmbeddedDatabase Open() => EmbeddedDatabase.Open(_directory.Path, _time, NullLogger<EmbeddedDatabase>.Instance);

    /// <summary>SQLite's own bound on the file answers as a full disk does.</summary>
    private static async Task LimitAsync(EmbeddedDatabase database, int roomPages) => await database.ExecuteAsync(
        session => session.Scalar($"PRAGMA max_page_count = {session.Scalar("PRAGMA page_count") + roomPages}"), Stop);

    private static async Task FillAsync(EmbeddedTableEngine engine, int fill)
    {
        for (var i = 0; i < 1_000; i++)
        {
            try
            {
                await engine.WriteAsync(Write.Put(new ItemKey($"FILL{fill}", $"{i}"), new Dictionary<string, Value> { ["x"] = new byte[4_000] }, Condition.Always), Stop);
            }
            catch (TableUnavailableException)
            {
                return;
            }
        }
    }

    private static void Damage(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        var garbage = Enumerable.Repeat((byte)0xA5, 4_096).ToArray();
        for (var page = 20; page < 300; page++)
        {
            stream.Position = page * 4_096L;
            stream.Write(garbage);
        }
    }
}
