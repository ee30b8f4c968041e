using Evently.Shared.Storage;
using Evently.Shared.Storage.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace Evently.Shared.Tests.Storage.Embedded;

public sealed class EmbeddedDatabaseTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Every_commit_is_flushed_and_readers_do_not_wait_for_the_writer()
    {
        await using var database = Open();
        const long full = 2;
        Assert.Equal(full, await database.ExecuteAsync(session => session.Scalar("PRAGMA synchronous"), Cancellation));
        Assert.Equal(1, await database.ExecuteAsync(session => session.Scalar("SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"), Cancellation));
    }

    [Fact]
    public async Task A_second_opener_is_told_which_directory_is_taken_and_by_which_setting()
    {
        await using var database = Open();
        var refusal = Assert.Throws<TableUnavailableException>(Open);
        Assert.Contains(_directory.Path, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Evently:Storage:DataDirectory", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_a_newer_program_is_refused_and_the_directory_let_go()
    {
        await using (var database = Open())
            await database.ExecuteAsync(Outdate, Cancellation);
        Assert.Contains("newer", Assert.Throws<TableUnavailableException>(Open).Message, StringComparison.Ordinal);
        Assert.Contains("newer", Assert.Throws<TableUnavailableException>(Open).Message, StringComparison.Ordinal);

        static int Outdate(SqliteSession session)
        {
            session.Run("PRAGMA user_version = 1000");
            return 0;
        }
    }

    [Fact]
    public async Task A_file_whose_rows_lie_in_the_order_of_their_keys_keeps_its_items_and_their_indexes()
    {
        const int stepsOfThen = 2;
        using (var session = SqliteSession.Open(Path.Combine(_directory.Path, EmbeddedDatabase.FileName), Microsoft.Data.Sqlite.SqliteOpenMode.ReadWriteCreate))
        {
            foreach (var step in EmbeddedSchema.Steps.Take(stepsOfThen))
                session.Run(step);
            session.Run($"PRAGMA user_version = {stepsOfThen}");

            // Version 1 of the codec: one attribute "n", a number, 7 (zigzag).
            session.Run("INSERT INTO items (pk, sk, data, xpk, xsk, ttl) VALUES ('B', '2', x'0101016E020E', 'X', 'b', NULL), ('A', '1', x'0101016E020E', 'X', 'a', 5)");
        }

        await using var database = Open();
        var engine = new EmbeddedTableEngine(database, TimeProvider.System);
        Assert.Equal(7, (await engine.GetAsync(new ItemKey("B", "2"), Consistency.Strong, Cancellation))!["n"].Number);
        var indexed = await engine.QueryIndexAsync(new IndexQuery("X", SortRange.All, 10), Cancellation);
        Assert.Equal(["A", "B"], indexed.Entries.Select(entry => entry.Key.Partition));
        Assert.Equal(1, await engine.SweepExpiredAsync(10, Cancellation));
        Assert.Null(await engine.GetAsync(new ItemKey("A", "1"), Consistency.Strong, Cancellation));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_with_a_sentence()
    {
        await File.WriteAllTextAsync(Path.Combine(_directory.Path, EmbeddedDatabase.FileName), new string('x', 10_000), Cancellation);
        Assert.Contains(_directory.Path, Assert.Throws<TableUnavailableException>(Open).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT sk FROM items WHERE pk = 'p' AND sk >= 'a' AND sk < 'b' ORDER BY sk DESC LIMIT 9", "items_by_key")]
    [InlineData("SELECT pk FROM items WHERE ttl < 5 ORDER BY ttl LIMIT 9", "items_by_ttl")]
    [InlineData("SELECT pk, sk, xsk FROM items WHERE xpk = 'x' AND xsk >= '' AND xsk < 'b' AND (xsk, pk, sk) > ('', '', '') ORDER BY xsk, pk, sk LIMIT 9", "items_by_index (xpk=? AND xsk")]
    public async Task Queries_go_through_an_index_and_never_sort(string sql, string index)
    {
        await using var database = Open();
        var plan = await database.ReadAsync(
            session =>
            {
                using var explain = session.Statement($"EXPLAIN QUERY PLAN {sql}");
                var lines = new List<string>();
                while (explain.Step())
                    lines.Add(explain.Text(3));
                return string.Join('\n', lines);
            },
            Cancellation);
        Assert.Contains(index, plan, StringComparison.Ordinal);
        Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sweep_removes_what_has_expired_in_bounded_steps_and_nothing_else()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_000));
        await using var database = Open();
        var engine = new EmbeddedTableEngine(database, time);
        foreach (var ttl in Enumerable.Range(990, 20))
            await engine.WriteAsync(Write.Put(new("p", $"{ttl}"), new Dictionary<string, Value> { [WellKnown.TimeToLive] = ttl }, Condition.Always), Cancellation);
        await engine.WriteAsync(Write.Put(new("p", "stays"), new Dictionary<string, Value>(), Condition.Always), Cancellation);

        Assert.Equal(7, await engine.SweepExpiredAsync(7, Cancellation));
        Assert.Equal(3, await engine.SweepExpiredAsync(7, Cancellation));
        Assert.Equal(0, await engine.SweepExpiredAsync(7, Cancellation));
        Assert.Equal(11, (await engine.QueryAsync(new Query("p", SortRange.All, Consistency.Strong, 100), Cancellation)).Items.Count);
    }

    private EmbeddedDatabase Open() => EmbeddedDatabase.Open(_directory.Path, TimeProvider.System, NullLogger<EmbeddedDatabase>.Instance);
}
