using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Messaging.Embedded;
using Evently.Shared.Messaging.Outbox;
using Evently.Shared.Storage;
using Evently.Shared.Storage.Embedded;
using Evently.Shared.Tests.Storage.Embedded;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Evently.Shared.Tests.Messaging;

/// <summary>Table and queues in one file: the commit itself puts the messages into their queues.</summary>
public sealed class EmbeddedCommitTests : IAsyncDisposable
{
    private static readonly ItemKey Key = new("COUNTER#E#1", "x");
    private readonly TemporaryDirectory _directory = new();
    private readonly EmbeddedDatabase _database;
    private readonly MessagingBench _bench;

    public EmbeddedCommitTests()
    {
        _database = EmbeddedDatabase.Open(_directory.Path, TimeProvider.System, NullLogger<EmbeddedDatabase>.Instance);
        _bench = new MessagingBench(
            table: new EmbeddedTableEngine(_database, TimeProvider.System), transport: new EmbeddedQueueTransport(_database, TimeProvider.System));
    }

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        await _database.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_commit_and_its_messages_are_one_flush_and_leave_no_outbox()
    {
        await OpenQueuesAsync();
        var before = _database.Writer.Commits;

        Assert.True((await CommitAsync(Condition.ItemAbsent)).Applied);

        Assert.Equal(before + 1, _database.Writer.Commits);
        Assert.Equal((1, 1), await DepthsAsync());
        Assert.Equal((0, 0), (_bench.Counter.Relay.Depth, (await _bench.Counter.Sweeper.MeasureAsync(CancellationToken.None)).Depth));
        await _bench.SettleAsync();
        Assert.Equal([("Counter", 1), ("Listener", 1)], _bench.Faults.Announced.Order());
    }

    [Fact]
    public async Task A_refused_commit_sends_nothing_and_says_which_write_was_refused()
    {
        Assert.True((await CommitAsync(Condition.ItemAbsent)).Applied);
        await _bench.SettleAsync();

        var result = await CommitAsync(Condition.ItemAbsent);

        Assert.Equal((false, 0), (result.Applied, Assert.Single(result.Refused)));
        Assert.Equal((0, 0), await DepthsAsync());
    }

    [Fact]
    public async Task A_commit_that_fails_leaves_nothing_in_table_or_queues()
    {
        _database.Writer.BeforeCommit = () => throw new IOException("The disk fails.");
        await Assert.ThrowsAnyAsync<TableUnavailableException>(() => CommitAsync(Condition.ItemAbsent));
        _database.Writer.BeforeCommit = null;

        Assert.Null(await _bench.CounterTable.GetAsync(Key, Consistency.Strong, CancellationToken.None));
        await _bench.SettleAsync();
        Assert.Empty(_bench.Faults.Announced);
    }

    [Fact]
    public async Task A_key_of_another_module_is_refused_beside_messages_too()
    {
        await using var scope = _bench.Services.CreateAsyncScope();
        var unit = scope.ServiceProvider.GetRequiredService<UnitOfWork<CounterModule>>();
        unit.Add(Write.Put(new ItemKey("LISTENER#1", "x"), new Dictionary<string, Value>(), Condition.Always));
        unit.Publish(new Announced(1), "g");

        await Assert.ThrowsAsync<ForeignKeyPrefixException>(async () => await unit.CommitAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Outbox_rows_that_a_version_before_left_in_the_file_are_relayed()
    {
        var id = new IdGenerator(TimeProvider.System).Next();
        var old = new Ulid(id.Bits - ((UInt128)(ulong)OutboxSweeper.AuthorlessAfter.TotalMilliseconds << 80));
        var body = $$$"""{"messageId":"{{{old.ToGuid()}}}","messageType":["{{{Envelope.TypeUrn(typeof(Announced))}}}"],"message":{"number":3}}""";
        await _bench.Table.WriteAsync(
            Write.Put(
                new ItemKey($"COUNTER#OUTBOX#{OutboxRows.ShardOf(old)}", old.ToString()),
                new Dictionary<string, Value> { ["type"] = Envelope.TypeUrn(typeof(Announced)), ["group"] = "g", ["body"] = body },
                Condition.ItemAbsent),
            CancellationToken.None);

        Assert.Equal(1, await _bench.Steps.SweepOutboxesAsync(CancellationToken.None));
        await _bench.SettleAsync();

        Assert.Equal([("Counter", 3), ("Listener", 3)], _bench.Faults.Announced.Order());
    }

    private async Task<TransactionResult> CommitAsync(Condition condition)
    {
        await using var scope = _bench.Services.CreateAsyncScope();
        var unit = scope.ServiceProvider.GetRequiredService<UnitOfWork<CounterModule>>();
        unit.Add(Write.Put(Key, new Dictionary<string, Value>(), condition));
        unit.Publish(new Announced(1), "g");
        return await unit.CommitAsync(CancellationToken.None);
    }

    private async Task OpenQueuesAsync()
    {
        await CommitAsync(Condition.ItemExists);
        Assert.Equal((0, 0), await DepthsAsync());
    }

    private async Task<(int Counter, int Listener)> DepthsAsync()
    {
        var queues = await _bench.Get<QueueDirectory>().ListAsync(CancellationToken.None);
        return (queues[0].Figures.Depth, queues[1].Figures.Depth);
    }
}
