using Evently.Shared.Messaging;
using Evently.Shared.Messaging.Embedded;
using Evently.Shared.Storage.Embedded;
using Evently.Shared.Tests.Storage.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace Evently.Shared.Tests.Messaging.Queues;

/// <summary>The contract on the in-memory queue, and what only queues of one process promise.</summary>
public class MemoryQueueTests : QueueContract
{
    [Fact]
    public async Task Groups_take_turns_so_that_a_hot_one_does_not_starve_the_others()
    {
        var queue = await OpenAsync();
        await queue.SendAsync([.. Enumerable.Range(0, 100).Select(n => Message($"hot-{n}", "hot"))], Token);
        await queue.SendAsync([Message("cold-1", "cold"), Message("cool-1", "cool")], Token);

        var first = await ReceiveAsync(queue, 10);

        Assert.Contains(first, message => message.Message.Id == "cold-1");
        Assert.Contains(first, message => message.Message.Id == "cool-1");
    }

    [Fact]
    public async Task A_receipt_of_an_earlier_delivery_deletes_nothing()
    {
        var queue = await OpenAsync();
        await queue.SendAsync([Message("1")], Token);
        var first = await ReceiveAsync(queue, 10);
        await queue.ChangeVisibilityAsync(first, TimeSpan.Zero, Token);
        await ReceiveAsync(queue, 10);

        await queue.DeleteAsync(first, Token);

        Assert.Equal(1, (await queue.FiguresAsync(Token)).InFlight);
    }

    protected override ValueTask<IQueue> OpenAsync() => new MemoryQueueTransport(TimeProvider.System, new MemoryQueueFaults(seed: 1)).OpenAsync("queue", Token);
}

/// <summary>The same on the queue in the embedded data file, and what survives a restart.</summary>
public sealed class EmbeddedQueueTests : MemoryQueueTests, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private EmbeddedDatabase? _database;

    public void Dispose()
    {
        _database?.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task What_was_sent_and_not_deleted_is_there_after_a_restart()
    {
        var queue = await OpenAsync();
        await queue.SendAsync([Message("kept"), Message("deleted"), Message("running")], Token);
        var received = await ReceiveAllAsync(queue, 3);
        await queue.DeleteAsync([.. received.Where(message => message.Message.Id == "deleted")], Token);
        await queue.ChangeVisibilityAsync([.. received.Where(message => message.Message.Id == "kept")], TimeSpan.Zero, Token);

        queue = await ReopenAsync();
        var after = await ReceiveAllAsync(queue, 2);

        Assert.Equal(["kept", "running"], after.Select(message => message.Message.Id).Order(StringComparer.Ordinal));
        Assert.All(after, message => Assert.Equal("g", message.Message.Group));
        Assert.Equal(Message("kept"), after.Single(message => message.Message.Id == "kept").Message);
    }

    [Fact]
    public async Task A_message_that_kills_its_process_each_time_becomes_a_dead_letter()
    {
        var queue = await OpenAsync();
        await queue.SendAsync([Message("killer")], Token);
        await ReceiveAsync(queue, 10);
        for (var death = 1; death <= QueueLimits.MaxReceives; death++)
        {
            queue = await ReopenAsync();
            Assert.Equal(death, Assert.Single(await ReceiveAsync(queue, 10)).ReceiveCount);
        }

        queue = await ReopenAsync();
        Assert.Empty(await queue.ReceiveAsync(10, TimeSpan.Zero, ShortVisibility, Token));
        queue = await ReopenAsync();
        Assert.Equal(1, (await queue.FiguresAsync(Token)).DeadLetters);

        await queue.RedriveAsync(10, Token);
        queue = await ReopenAsync();
        Assert.Equal(1, Assert.Single(await ReceiveAsync(queue, 10)).ReceiveCount);
    }

    [Fact]
    public async Task Queues_of_one_file_do_not_see_each_other()
    {
        await OpenAsync();
        var transport = new EmbeddedQueueTransport(_database!, TimeProvider.System);
        var one = await transport.OpenAsync("one", Token);
        var other = await transport.OpenAsync("other", Token);

        await one.SendAsync([Message("1")], Token);

        Assert.Equal(0, (await other.FiguresAsync(Token)).Depth);
        Assert.Equal(1, (await (await new EmbeddedQueueTransport(_database!, TimeProvider.System).OpenAsync("one", Token)).FiguresAsync(Token)).Depth);
    }

    [Fact]
    public async Task A_backlog_that_is_too_deep_for_memory_is_read_from_the_file()
    {
        const int depth = 10_500;
        var queue = await OpenAsync();
        await queue.SendAsync([.. Enumerable.Range(0, depth).Select(n => Message($"{n}"))], Token);

        var bodies = (await ReceiveAllAsync(queue, depth)).Select(message => message.Message.Body).ToHashSet(StringComparer.Ordinal);

        Assert.Equal(depth, bodies.Count);
    }

    protected override async ValueTask<IQueue> OpenAsync()
    {
        _database = EmbeddedDatabase.Open(_directory.Path, TimeProvider.System, NullLogger<EmbeddedDatabase>.Instance);
        return await new EmbeddedQueueTransport(_database, TimeProvider.System).OpenAsync("queue", Token);
    }

    private async Task<IQueue> ReopenAsync()
    {
        await _database!.DisposeAsync();
        return await OpenAsync();
    }
}
