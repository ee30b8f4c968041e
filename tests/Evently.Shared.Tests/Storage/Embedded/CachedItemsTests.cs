using Evently.Shared.Storage;
using Evently.Shared.Storage.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace Evently.Shared.Tests.Storage.Embedded;

/// <summary>What is at hand is what the file has, whatever becomes of a batch.</summary>
public sealed class CachedItemsTests : IAsyncDisposable
{
    private static readonly ItemKey Key = new("P", "S");
    private readonly TemporaryDirectory _directory = new();
    private readonly EmbeddedDatabase _database;
    private readonly EmbeddedTableEngine _engine;

    public CachedItemsTests()
    {
        _database = EmbeddedDatabase.Open(_directory.Path, TimeProvider.System, NullLogger<EmbeddedDatabase>.Instance);
        _engine = new EmbeddedTableEngine(_database, TimeProvider.System);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_read_that_began_before_a_commit_does_not_bring_the_old_item_back()
    {
        await PutAsync(1);
        var cache = _database.Items;
        var (moment, old) = (cache.Moment, new StoredItem(Item(1), 1));
        await PutAsync(2);
        cache.Read(Key, old, bytes: 10, moment);
        Assert.Equal(2, await NumberAsync());

        await _engine.WriteAsync(Write.Delete(Key, Condition.Always), Cancellation);
        cache.Read(Key, old, bytes: 10, moment);
        Assert.Null(await _engine.GetAsync(Key, Consistency.Strong, Cancellation));
    }

    [Fact]
    public async Task A_commit_that_fails_leaves_nothing_of_its_batch_at_hand()
    {
        await PutAsync(1);
        _database.Writer.BeforeCommit = () => throw new InvalidOperationException("The disk is gone.");
        await Assert.ThrowsAsync<WriteOutcomeUnknownException>(() => PutAsync(2));
        _database.Writer.BeforeCommit = null;
        Assert.Equal(1, await NumberAsync());
        await PutAsync(3);
        Assert.Equal(3, await NumberAsync());
    }

    [Fact]
    public async Task A_unit_that_fails_after_a_write_takes_its_change_with_it_and_leaves_its_neighbours()
    {
        await PutAsync(1);
        var other = new ItemKey("P", "other");
        var failing = _engine.TransactAsync([Put(Key, 2)], _ => throw new InvalidOperationException("The queue is gone."), Cancellation);
        var neighbour = _engine.WriteAsync(Put(other, 5), Cancellation);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await failing);
        Assert.True((await neighbour).Applied);
        Assert.Equal(1, await NumberAsync());
        Assert.Equal(5, (await _engine.GetAsync(other, Consistency.Strong, Cancellation))!["n"].Number);
        Assert.True((await _engine.WriteAsync(Write.Put(Key, Item(3).Attributes, Condition.Equal("n", 1)), Cancellation)).Applied);
    }

    [Fact]
    public async Task What_is_at_hand_is_bounded_and_what_was_dropped_is_read_again()
    {
        const int many = 20_000;
        await _engine.WriteManyAsync([.. Enumerable.Range(0, many).Select(number => Put(new ItemKey("P", $"{number}"), number))], Cancellation);
        Assert.InRange(Enumerable.Range(0, many).Count(number => _database.Items.TryGet(new ItemKey("P", $"{number}"), out _)), 1, many - 1);
        Assert.Equal(0, (await _engine.GetAsync(new ItemKey("P", "0"), Consistency.Strong, Cancellation))!["n"].Number);
    }

    private async Task PutAsync(int number) => Assert.True((await _engine.WriteAsync(Put(Key, number), Cancellation)).Applied);

    private async Task<long> NumberAsync() => (await _engine.GetAsync(Key, Consistency.Strong, Cancellation))!["n"].Number;

    private static Write Put(ItemKey key, int number) => Write.Put(key, Item(number).Attributes, Condition.Always);

    private static Item Item(int number) => new(Key, new Dictionary<string, Value> { ["n"] = number });
}
