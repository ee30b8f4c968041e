using Evently.Shared.Messaging;

namespace Evently.Shared.Tests.Messaging.Queues;

/// <summary>What every queue engine must do. Times are real and short, because not every engine has a clock that tests can move.</summary>
public abstract class QueueContract
{
    /// <summary>Short enough to wait for, long enough for a slow machine.</summary>
    protected static readonly TimeSpan ShortVisibility = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Visibility = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(5);

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_is_received_as_it_was_sent()
    {
        var queue = await OpenAsync();
        var sent = new QueueMessage("01J0000000000000000000000A", "event-1", """{"text":"Zoë & \"Ödön\" ☃"}""", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");

        Assert.Empty(await queue.SendAsync([sent], Token));
        var received = Assert.Single(await ReceiveAsync(queue, 10));

        Assert.Equal(sent, received.Message);
        Assert.Equal(1, received.ReceiveCount);
        Assert.True((DateTimeOffset.UnixEpoch < received.SentAt), "the send time is kept");
    }

    [Fact]
    public async Task A_message_without_a_trace_has_none()
    {
        var queue = await OpenAsync();
        await queue.SendAsync([Message("1") with { TraceParent = null }], Token);

        Assert.Null(Assert.Single(await ReceiveAsync(queue, 10)).Message.TraceParent);
    }

    [Fact]
    public async Task An_empty_queue_answers_after_the_wait()
    {
        var queue = await OpenAsync();

        Assert.Empty(await queue.ReceiveAsync(10, TimeSpan.Zero, Visibility, Token));
    }

    [Fact]
    public async Task More_messages_than_a_batch_all_arrive()
    {
        var queue = await OpenAsync();
        const int count = 34;

        Assert.Empty(await queue.SendAsync([.. Enumerable.Range(0, count).Select(n => Message($"{n}"))], Token));
        var received = await ReceiveAllAsync(queue, count);

        Assert.Equal(Enumerable.Range(0, count).Select(n => $"{n}").Order(StringComparer.Ordinal), received.Select(message => message.Message.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_receive_waits_for_a_message_and_wakes_with_it()
    {
        var queue = await OpenAsync();
        var receiving = queue.ReceiveAsync(10, TimeSpan.FromSeconds(15), Visibility, Token).AsTask();
        Assert.False(receiving.IsCompleted);

        await queue.SendAsync([Message("1")], Token);

        Assert.Single(await receiving.WaitAsync(TimeSpan.FromSeconds(10), Token));
    }

    [Fact]
    public async Task A_received_message_is_invisible_and_comes_back_when_its_visibility_ends()
    {
        var queue = await OpenAsync();
        await queue.SendAsync([Message("1")], Token);
        Assert.Single(await queue.ReceiveAsync(10, Wait, ShortVisibility, Token));

        Assert.Empty(await queue.ReceiveAsync(10, TimeSpan.Zero, Visibility, Token));
        var again = Assert.Single(await ReceiveAsync(queue, 10));

        Assert.Equal(2, again.ReceiveCount);
    }

    [Fact]
    public async Task A_deleted_message_does_not_come_back()
    {
        var queue = await OpenAsync();
        await queue.SendAsync([Message("1"), Message("2")], Token);
        var received = await ReceiveAllAsync(queue, 2);

        await queue.DeleteAsync([.. received], Token);
        await EventuallyAsync(queue, figures => figures is { Depth: 0, InFlight: 0, DeadLetters: 0 });
    }

    [Fact]
    public async Task A_message_that_is_handed_back_is_received_at_once()
    {
        var queue = await OpenAsync();
        await queue.SendAsync([Message("1")], Token);
        var received = await ReceiveAsync(queue, 10);

        await queue.ChangeVisibilityAsync(received, TimeSpan.Zero, Token);

        Assert.Equal(2, Assert.Single(await ReceiveAsync(queue, 10)).ReceiveCount);
    }

    [Fact]
    public async Task An_extended_message_stays_invisible()
    {
        var queue = await OpenAsync();
        await queue.SendAsync([Message("1")], Token);
        var received = await queue.ReceiveAsync(10, Wait, ShortVisibility, Token);

        await queue.ChangeVisibilityAsync(received, Visibility, Token);

        Assert.Empty(await queue.ReceiveAsync(10, ShortVisibility + TimeSpan.FromSeconds(1), Visibility, Token));
    }

    [Fact]
    public async Task A_message_received_too_often_becomes_a_dead_letter_and_comes_back_by_a_redrive()
    {
        var queue = await OpenAsync();
        await queue.SendAsync([Message("1")], Token);
        for (var receive = 1; receive <= QueueLimits.MaxReceives; receive++)
        {
            var received = await ReceiveAsync(queue, 10);
            Assert.Equal(receive, Assert.Single(received).ReceiveCount);
            await queue.ChangeVisibilityAsync(received, TimeSpan.Zero, Token);
        }

        Assert.Empty(await queue.ReceiveAsync(10, TimeSpan.FromSeconds(1), Visibility, Token));
        await EventuallyAsync(queue, figures => figures is { Depth: 0, InFlight: 0, DeadLetters: 1 });

        Assert.Equal(1, await queue.RedriveAsync(100, Token));
        var back = Assert.Single(await ReceiveAsync(queue, 10));
        Assert.Equal("1", back.Message.Id);
        Assert.Equal(1, back.ReceiveCount);
        await EventuallyAsync(queue, figures => figures.DeadLetters == 0);
    }

    [Fact]
    public async Task A_deferred_message_comes_back_after_its_delay_as_if_it_had_just_been_sent()
    {
        var queue = await OpenAsync();
        await queue.SendAsync([Message("1")], Token);
        await queue.ChangeVisibilityAsync(await ReceiveAsync(queue, 10), TimeSpan.Zero, Token);
        var again = await ReceiveAsync(queue, 10);
        Assert.Equal(2, Assert.Single(again).ReceiveCount);

        await queue.DeferAsync(again, ShortVisibility, Token);

        Assert.Empty(await queue.ReceiveAsync(10, TimeSpan.Zero, Visibility, Token));
        await EventuallyAsync(queue, figures => figures is { Depth: 1, InFlight: 0, DeadLetters: 0 });
        var back = Assert.Single(await ReceiveAsync(queue, 10));
        Assert.Equal((Message("1"), 1), (back.Message, back.ReceiveCount));
    }

    [Fact]
    public async Task A_buried_message_is_a_dead_letter_at_once_and_comes_back_by_a_redrive()
    {
        var queue = await OpenAsync();
        await queue.SendAsync([Message("1"), Message("2")], Token);
        var received = await ReceiveAllAsync(queue, 2);

        await queue.BuryAsync([received[0]], Token);

        await EventuallyAsync(queue, figures => figures is { Depth: 0, InFlight: 1, DeadLetters: 1 });
        Assert.Equal(1, await queue.RedriveAsync(100, Token));
        var back = Assert.Single(await ReceiveAsync(queue, 10));
        Assert.Equal((received[0].Message, 1), (back.Message, back.ReceiveCount));
    }

    [Fact]
    public async Task Figures_tell_what_waits_and_what_is_in_flight()
    {
        var queue = await OpenAsync();
        await queue.SendAsync([.. Enumerable.Range(0, 5).Select(n => Message($"{n}"))], Token);
        Assert.Equal(2, (await queue.ReceiveAsync(2, Wait, Visibility, Token)).Count);

        await EventuallyAsync(queue, figures => figures is { Depth: 3, InFlight: 2, DeadLetters: 0 });
    }

    [Fact]
    public async Task A_message_of_the_largest_size_passes()
    {
        var queue = await OpenAsync();
        var sent = Message("1") with { Body = new string('x', QueueLimits.MessageBytes) };

        Assert.Empty(await queue.SendAsync([sent, sent with { Id = "2" }, sent with { Id = "3" }, sent with { Id = "4" }, sent with { Id = "5" }], Token));

        Assert.All(await ReceiveAllAsync(queue, 5), message => Assert.Equal(QueueLimits.MessageBytes, message.Message.Body.Length));
    }

    /// <summary>An empty queue of its own for the test.</summary>
    protected abstract ValueTask<IQueue> OpenAsync();

    protected static QueueMessage Message(string id, string group = "g") => new(id, group, $$"""{"n":"{{id}}"}""", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");

    protected static ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(IQueue queue, int max) => queue.ReceiveAsync(max, Wait, Visibility, Token);

    protected static async Task<List<ReceivedMessage>> ReceiveAllAsync(IQueue queue, int count)
    {
        List<ReceivedMessage> all = [];
        while (all.Count < count)
        {
            var batch = await ReceiveAsync(queue, QueueLimits.BatchEntries);
            Assert.NotEmpty(batch);
            Assert.InRange(batch.Count, 1, QueueLimits.BatchEntries);
            all.AddRange(batch);
        }

        return all;
    }

    private static async Task EventuallyAsync(IQueue queue, Func<QueueFigures, bool> expected)
    {
        QueueFigures? last = null;
        await Eventually.HoldsAsync(async () => expected(last = await queue.FiguresAsync(Token)), $"the figures, last {last}");
    }
}
