using Evently.Shared.Messaging;
using Evently.Shared.Messaging.Outbox;
using Evently.Shared.Storage.Embedded;
using Evently.Shared.Tests.Storage.Embedded;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Shared.Tests.Messaging;

/// <summary>What had left the outbox can be sent again, so that a restored table hears what was in the queues.</summary>
public sealed class ReplayTests
{
    private const int Messages = 10;
    private const int Handled = 4;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 23, 59, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_restored_table_hears_again_what_was_in_the_queues_and_counts_nothing_twice()
    {
        using var backup = new TemporaryDirectory();
        var from = _time.GetUtcNow();
        await WithTableAsync(backup, async bench =>
        {
            await bench.PublishAsync([.. Enumerable.Range(0, Messages).Select(_ => new Tallied("t", 1))]);
            await bench.Counter.Relay.RunOnceAsync(CancellationToken.None);

            // Some were handled when the copy was made; the others wait in the queue, of which there is no copy.
            await (await bench.CounterQueueAsync()).ReceiveAsync(Messages - Handled, TimeSpan.Zero, TimeSpan.FromMinutes(5), CancellationToken.None);
            await bench.Counter.Pump.RunOnceAsync(CancellationToken.None);
        });
        _time.Advance(TimeSpan.FromMinutes(2));

        await WithTableAsync(backup, async bench =>
        {
            await bench.SettleAsync();
            Assert.Equal(Handled, await bench.NumberAsync(TallyConsumer.KeyOf("t"), "sum"));

            Assert.Equal(Messages, await bench.Get<MessageReplay>().RunAsync(from, _time.GetUtcNow(), CancellationToken.None));
            await bench.SettleAsync();

            Assert.Equal(Messages, await bench.NumberAsync(TallyConsumer.KeyOf("t"), "sum"));
            Assert.Equal(0, await bench.Get<MessageReplay>().RunAsync(_time.GetUtcNow(), _time.GetUtcNow(), CancellationToken.None));
        });
    }

    [Fact]
    public async Task A_message_is_kept_for_the_queues_that_got_it_and_once_for_each()
    {
        var queues = new InterferingQueues(new MemoryQueueTransport(_time, new MemoryQueueFaults(seed: 1)));
        await using var bench = new MessagingBench(_time, transport: queues);
        queues.BeforeSend = queue =>
        {
            if (queue == "evently-listener")
                throw new IOException("The queue fails on purpose.");
        };
        await bench.PublishAsync(new Announced(1));
        await bench.Counter.Relay.RunOnceAsync(CancellationToken.None).WaitAdvancingAsync(_time);
        Assert.Equal(["evently-counter"], await SentToAsync(bench));

        queues.BeforeSend = null;
        await bench.Steps.SweepOutboxesAsync(CancellationToken.None);

        Assert.Equal(["evently-counter", "evently-listener"], await SentToAsync(bench));
    }

    [Fact]
    public async Task A_stretch_of_a_thousand_years_takes_no_longer_than_what_is_kept()
    {
        await using var bench = new MessagingBench(_time);
        await bench.PublishAsync(new Announced(1));
        await bench.Counter.Relay.RunOnceAsync(CancellationToken.None);

        Assert.Equal(2, await bench.Get<MessageReplay>().RunAsync(_time.GetUtcNow().AddYears(-500), _time.GetUtcNow().AddYears(500), CancellationToken.None));
    }

    [Fact]
    public async Task Large_messages_are_kept_too()
    {
        await using var bench = new MessagingBench(_time);
        var text = new string('x', QueueLimits.MessageBytes - 1_000);
        await bench.PublishAsync(new Trouble(text, "none"), new Trouble(text, "none"), new Trouble(text, "none"));
        await bench.Counter.Relay.RunOnceAsync(CancellationToken.None);

        Assert.Equal(3, (await SentToAsync(bench)).Count);
    }

    private async Task<List<string>> SentToAsync(MessagingBench bench)
    {
        List<string> queues = [];
        await foreach (var message in bench.Counter.Sent.ReadAsync(_time.GetUtcNow() - SentMessages.Kept, _time.GetUtcNow(), CancellationToken.None))
            queues.AddRange(message.Queues);
        return [.. queues.Order(StringComparer.Ordinal)];
    }

    /// <summary>A process whose table is the directory's and whose queues are new.</summary>
    private async Task WithTableAsync(TemporaryDirectory directory, Func<MessagingBench, Task> work)
    {
        await using var database = EmbeddedDatabase.Open(directory.Path, _time, NullLogger<EmbeddedDatabase>.Instance);
        await using var bench = new MessagingBench(_time, new EmbeddedTableEngine(database, _time));
        await work(bench);
    }
}
