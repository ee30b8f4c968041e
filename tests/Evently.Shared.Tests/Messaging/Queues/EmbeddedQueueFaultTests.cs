using System.Runtime.CompilerServices;
using Evently.Shared.Messaging;
using Evently.Shared.Messaging.Embedded;
using Evently.Shared.Storage;
using Evently.Shared.Storage.Embedded;
using Evently.Shared.Tests.Storage.Embedded;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Shared.Tests.Messaging.Queues;

/// <summary>Memory follows the file: whatever the disk does, the queue has what the file has.</summary>
public sealed class EmbeddedQueueFaultTests : IDisposable
{
    private static readonly TimeSpan Visibility = TimeSpan.FromSeconds(30);
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private EmbeddedDatabase _database;

    public EmbeddedQueueFaultTests() => _database = Open();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _database.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Deliveries_that_can_t_be_recorded_after_a_restart_are_not_spent()
    {
        await (await OpenQueueAsync()).SendAsync([.. Enumerable.Range(0, 10).Select(Message)], Token);
        var queue = await ReopenQueueAsync();
        _database.Writer.BeforeCommit = () => throw new IOException("The disk fails.");
        for (var receive = 0; receive < QueueLimits.MaxReceives + 1; receive++)
        {
            await Assert.ThrowsAnyAsync<TableUnavailableException>(() => ReceiveAsync(queue));
            _time.Advance(Visibility);
        }

        _database.Writer.BeforeCommit = null;
        var received = await ReceiveAsync(queue);

        Assert.Equal(10, received.Count);
        Assert.All(received, message => Assert.Equal(1, message.ReceiveCount));
        Assert.Equal(0, (await queue.FiguresAsync(Token)).DeadLetters);
    }

    [Fact]
    public async Task A_message_that_can_t_be_buried_in_the_file_is_not_dead_in_memory()
    {
        var queue = await OpenQueueAsync();
        await queue.SendAsync([Message(1)], Token);
        for (var receive = 0; receive < QueueLimits.MaxReceives; receive++)
            await queue.ChangeVisibilityAsync(await ReceiveAsync(queue), TimeSpan.Zero, Token);

        _database.Writer.BeforeCommit = () => throw new IOException("The disk fails.");
        await Assert.ThrowsAnyAsync<TableUnavailableException>(() => ReceiveAsync(queue));
        Assert.Equal(new QueueFigures(1, 0, TimeSpan.Zero, 0), await queue.FiguresAsync(Token));

        _database.Writer.BeforeCommit = null;
        Assert.Empty(await ReceiveAsync(queue));
        Assert.Equal(1, (await queue.FiguresAsync(Token)).DeadLetters);
        Assert.Equal(1, (await (await ReopenQueueAsync()).FiguresAsync(Token)).DeadLetters);
    }

    [Fact]
    public async Task A_delete_that_fails_leaves_the_message_held_and_can_be_repeated()
    {
        var queue = await OpenQueueAsync();
        await queue.SendAsync([Message(1)], Token);
        var received = await ReceiveAsync(queue);
        _database.Writer.BeforeCommit = () => throw new IOException("The disk fails.");
        await Assert.ThrowsAsync<QueueUnavailableException>(async () => await queue.DeleteAsync(received, Token));
        Assert.Equal(new QueueFigures(0, 1, null, 0), await queue.FiguresAsync(Token));

        _database.Writer.BeforeCommit = null;
        await queue.DeleteAsync(received, Token);

        Assert.Equal(new QueueFigures(0, 0, null, 0), await queue.FiguresAsync(Token));
        Assert.Equal(new QueueFigures(0, 0, null, 0), await (await ReopenQueueAsync()).FiguresAsync(Token));
    }

    [Fact]
    public async Task A_redrive_that_fails_leaves_the_dead_letters_where_they_are()
    {
        var queue = await OpenQueueAsync();
        await queue.SendAsync([Message(1)], Token);
        await queue.BuryAsync(await ReceiveAsync(queue), Token);
        _database.Writer.BeforeCommit = () => throw new IOException("The disk fails.");

        await Assert.ThrowsAsync<QueueUnavailableException>(async () => await queue.RedriveAsync(10, Token));

        Assert.Equal(new QueueFigures(0, 0, null, 1), await queue.FiguresAsync(Token));
    }

    [Fact]
    public async Task Of_a_large_send_that_fails_in_the_middle_the_answer_names_exactly_what_is_missing()
    {
        var queue = await OpenQueueAsync();

        // The file takes no message without a body: the unit of rows around it is refused, its neighbours are not.
        var messages = Enumerable.Range(0, 250).Select(n => n == 150 ? Message(n) with { Body = null! } : Message(n)).ToList();
        var failed = await queue.SendAsync(messages, Token);

        Assert.Equal(Enumerable.Range(100, 100), failed);
        Assert.Equal(150, (await queue.FiguresAsync(Token)).Depth);
        Assert.Equal(150, (await (await ReopenQueueAsync()).FiguresAsync(Token)).Depth);
    }

    [Fact]
    public async Task A_send_whose_outcome_is_unknown_is_looked_up_in_the_file()
    {
        var queue = (EmbeddedQueue)await OpenQueueAsync();
        var (there, missing) = (queue.NewRow(Message(1)), queue.NewRow(Message(2)));
        await _database.ExecuteAsync(session => { queue.Insert(session, there); return true; }, Token);

        queue.Doubt([there, missing]);

        Assert.Equal("1", Assert.Single(await ReceiveAsync(queue)).Message.Id);
        Assert.Empty(await ReceiveAsync(queue));
    }

    [Fact]
    public async Task A_clock_that_is_set_back_hides_nothing()
    {
        var clock = new SteppingClock(_time);
        var queue = await new EmbeddedQueueTransport(_database, clock).OpenAsync("queue", Token);
        await queue.SendAsync([Message(1)], Token);
        Assert.Single(await ReceiveAsync(queue));

        clock.Step = TimeSpan.FromHours(-1);
        _time.Advance(Visibility);

        Assert.Single(await ReceiveAsync(queue));
    }

    [Fact]
    public async Task Deleted_messages_leave_memory_at_once()
    {
        const int count = 1_000;
        var queue = await OpenQueueAsync();
        List<WeakReference<QueueMessage>> deleted = [];
        while (deleted.Count < count)
            deleted.AddRange(await SendAndDeleteAsync(queue));

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        // What calls have on their stacks may still be held.
        Assert.InRange(deleted.Count(message => message.TryGetTarget(out _)), 0, count / 10);
        GC.KeepAlive(queue);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<List<WeakReference<QueueMessage>>> SendAndDeleteAsync(IQueue queue)
    {
        var messages = Enumerable.Range(0, 10).Select(Message).ToList();
        await queue.SendAsync(messages, Token);
        await queue.DeleteAsync(await ReceiveAsync(queue), Token);
        return messages.ConvertAll(message => new WeakReference<QueueMessage>(message));
    }

    private static QueueMessage Message(int n) => new($"{n}", "g", $$"""{"n":{{n}}}""", null);

    private static async Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(IQueue queue) => await queue.ReceiveAsync(10, TimeSpan.Zero, Visibility, Token);

    private EmbeddedDatabase Open() => EmbeddedDatabase.Open(_directory.Path, _time, NullLogger<EmbeddedDatabase>.Instance);

    private ValueTask<IQueue> OpenQueueAsync() => new EmbeddedQueueTransport(_database, _time).OpenAsync("queue", Token);

    private async Task<IQueue> ReopenQueueAsync()
    {
        await _database.DisposeAsync();
        _database = Open();
        return await OpenQueueAsync();
    }

    /// <summary>A machine's clock that somebody sets; the time that has passed does not change by that.</summary>
    private sealed class SteppingClock(TimeProvider inner) : TimeProvider
    {
        public TimeSpan Step { get; set; }

        public override long TimestampFrequency => inner.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + Step;

        public override long GetTimestamp() => inner.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => inner.CreateTimer(callback, state, dueTime, period);
    }
}
