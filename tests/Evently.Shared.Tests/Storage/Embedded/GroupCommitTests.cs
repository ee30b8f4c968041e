using Evently.Shared.Storage;
using Evently.Shared.Storage.Embedded;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Shared.Tests.Storage.Embedded;

public sealed class GroupCommitTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly EmbeddedDatabase _database;

    public GroupCommitTests()
    {
        _database = EmbeddedDatabase.Open(_directory.Path, TimeProvider.System, NullLogger<EmbeddedDatabase>.Instance);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _database.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_thousand_concurrent_units_share_few_commits()
    {
        const int units = 1_000;
        var before = _database.Writer.Commits;
        await Task.WhenAll(Enumerable.Range(0, units).Select(i => InsertAsync($"item {i}").AsTask()));

        Assert.Equal(units, await CountAsync());
        Assert.InRange(_database.Writer.Commits - before, 1, units / 10);
    }

    [Fact]
    public async Task A_unit_that_throws_after_it_wrote_leaves_nothing_and_its_neighbours_stay()
    {
        var tasks = Enumerable.Range(0, 100).Select(i => _database.ExecuteAsync(
            session =>
            {
                Insert(session, $"item {i}");
                return i % 10 == 3 ? throw new InvalidOperationException("no") : i;
            },
            Cancellation).AsTask()).ToList();
        foreach (var (i, task) in tasks.Index())
        {
            if (i % 10 == 3)
                await Assert.ThrowsAsync<InvalidOperationException>(() => task);
            else
                Assert.Equal(i, await task);
        }

        Assert.Equal(90, await CountAsync());
    }

    [Fact]
    public async Task When_a_commit_fails_every_unit_of_the_batch_is_told_and_the_next_ones_work()
    {
        _database.Writer.BeforeCommit = () => throw new IOException("disk gone");
        var tasks = Enumerable.Range(0, 20).Select(i => InsertAsync($"lost {i}").AsTask()).ToList();
        foreach (var task in tasks)
            await Assert.ThrowsAsync<WriteOutcomeUnknownException>(() => task);

        _database.Writer.BeforeCommit = null;
        await InsertAsync("kept");
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task A_unit_that_is_cancelled_while_it_waits_never_runs()
    {
        using var gate = new ManualResetEventSlim();
        using var cancelled = new CancellationTokenSource();
        var blocking = _database.ExecuteAsync(_ => gate.Wait(TimeSpan.FromSeconds(30), Cancellation), Cancellation).AsTask();
        var waiting = _database.ExecuteAsync(
            session =>
            {
                Insert(session, "never");
                return 0;
            },
            cancelled.Token).AsTask();
        await cancelled.CancelAsync();
        gate.Set();

        Assert.True(await blocking);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task When_the_backlog_stays_full_a_caller_is_refused_after_a_bounded_wait_and_nothing_that_waits_is_lost()
    {
        using var other = new TemporaryDirectory();
        var time = new FakeTimeProvider();
        await using var database = EmbeddedDatabase.Open(other.Path, time, NullLogger<EmbeddedDatabase>.Instance);
        using var begun = new ManualResetEventSlim();
        using var gate = new ManualResetEventSlim();
        var blocking = database.ExecuteAsync(
            _ =>
            {
                begun.Set();
                return gate.Wait(TimeSpan.FromSeconds(60), Cancellation);
            },
            Cancellation).AsTask();
        Assert.True(begun.Wait(TimeSpan.FromSeconds(60), Cancellation));
        var waiting = Enumerable.Range(0, GroupCommitWriter.QueuedUnits).Select(i => database.ExecuteAsync(_ => i, Cancellation).AsTask()).ToList();

        var late = database.ExecuteAsync(_ => -1, Cancellation).AsTask();
        time.Advance(GroupCommitWriter.LongestWait - TimeSpan.FromMilliseconds(1));
        Assert.False(late.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await Assert.ThrowsAsync<TableThrottledException>(() => late);

        gate.Set();
        Assert.True(await blocking);
        Assert.Equal(Enumerable.Range(0, GroupCommitWriter.QueuedUnits), await Task.WhenAll(waiting));
    }

    [Fact]
    public async Task Disposing_commits_what_waits_and_the_directory_can_be_opened_again()
    {
        var tasks = Enumerable.Range(0, 200).Select(i => InsertAsync($"item {i}").AsTask()).ToList();
        await _database.DisposeAsync();
        await Task.WhenAll(tasks);

        await Assert.ThrowsAsync<TableUnavailableException>(() => InsertAsync("late").AsTask());
        await using var again = EmbeddedDatabase.Open(_directory.Path, TimeProvider.System, NullLogger<EmbeddedDatabase>.Instance);
        Assert.Equal(200, await again.ReadAsync(session => session.Scalar("SELECT count(*) FROM items"), Cancellation));
    }

    private static void Insert(SqliteSession session, string name)
    {
        using var insert = session.Statement("INSERT INTO items (pk, sk, data) VALUES (?1, ?2, x'00')");
        insert.Bind(1, name);
        insert.Bind(2, "-");
        insert.Execute();
    }

    private ValueTask<int> InsertAsync(string name) => _database.ExecuteAsync(
        session =>
        {
            Insert(session, name);
            return 0;
        },
        Cancellation);

    private ValueTask<long> CountAsync() => _database.ReadAsync(session => session.Scalar("SELECT count(*) FROM items"), Cancellation);
}
