using System.Collections.Concurrent;
using System.Threading.Channels;
using Evently.Shared.Ids;
using Evently.Shared.Messaging.Hosting;
using Evently.Shared.Storage;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Messaging.Outbox;

/// <summary>
/// Carries committed messages of one module from its outbox to the queues of their subscribers and then removes the rows. A commit hands its
/// messages over directly, without a read; what does not fit, or fails for long, is left to the <see cref="OutboxSweeper"/>.
/// </summary>
internal sealed partial class OutboxRelay(
    ModuleIdentity module,
    ModuleTable table,
    MessageTopology topology,
    QueueSet queues,
    TimeProvider time,
    ILogger<OutboxRelay> logger)
{
    /// <summary>Committed messages that wait in memory; more are found by the sweeper.</summary>
    public const int HandOverCapacity = 4_096;

    private const int BatchMessages = 100;
    private const int SendAttempts = 4;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(25);

    private readonly Channel<OutboxMessage> _handOver = Channel.CreateBounded<OutboxMessage>(HandOverCapacity);
    private readonly ConcurrentDictionary<Ulid, byte> _inHand = new();
    private readonly OutboxRows _rows = new(module.KeyPrefix);

    /// <summary>Messages that this process has committed and not yet relayed.</summary>
    public int Depth => _inHand.Count;

    public TimeSpan? OldestAge
    {
        get
        {
            var now = time.GetUtcNow();
            TimeSpan? oldest = null;
            foreach (var id in _inHand.Keys)
            {
                var age = now - id.Time;
                if (oldest is null || age > oldest)
                    oldest = age;
            }

            return oldest;
        }
    }

    public bool IsInHand(Ulid id) => _inHand.ContainsKey(id);

    /// <summary>Takes committed messages over; those that do not fit stay in the table only.</summary>
    public void HandOver(IReadOnlyList<OutboxMessage> messages)
    {
        foreach (var message in messages)
        {
            _inHand.TryAdd(message.Id, 0);
            if (!_handOver.Writer.TryWrite(message))
                _inHand.TryRemove(message.Id, out _);
        }
    }

    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _handOver.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Relays one batch of what was handed over.</summary>
    /// <returns>How many messages it took.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var batch = new List<OutboxMessage>();
        while (batch.Count < BatchMessages && _handOver.Reader.TryRead(out var message))
            batch.Add(message);
        try
        {
            await RelayAsync(batch, cancellationToken);
        }
        finally
        {
            foreach (var message in batch)
                _inHand.TryRemove(message.Id, out _);
        }

        return batch.Count;
    }

    /// <summary>Sends the messages to all their subscribers and removes the rows of those that everybody has. Failures stay in the table.</summary>
    /// <returns>How many left the outbox.</returns>
    public async Task<int> RelayAsync(IReadOnlyList<OutboxMessage> messages, CancellationToken cancellationToken)
    {
        if (messages.Count == 0)
            return 0;
        var failed = new ConcurrentDictionary<Ulid, byte>();
        var byQueue = messages
            .SelectMany(message => topology.QueuesOf(message.Type).Select(queue => (queue, message)))
            .GroupBy(pair => pair.queue, pair => pair.message, StringComparer.Ordinal);
        await Task.WhenAll(byQueue.Select(group => SendAsync(group.Key, [.. group], failed, cancellationToken)));

        var deletes = messages.Where(message => !failed.ContainsKey(message.Id)).Select(message => _rows.Delete(message.Id)).ToList();
        if (deletes.Count > 0)
            await table.WriteManyAsync(deletes, cancellationToken);
        return deletes.Count;
    }

    private async Task SendAsync(string queueName, List<OutboxMessage> messages, ConcurrentDictionary<Ulid, byte> failed, CancellationToken cancellationToken)
    {
        var left = messages;
        for (var attempt = 1; ; attempt++)
        {
            Exception? cause = null;
            try
            {
                var queue = await queues.OpenAsync(queueName, cancellationToken);
                var refused = await queue.SendAsync(left.ConvertAll(message => message.ToQueueMessage()), cancellationToken);
                left = [.. refused.Select(index => left[index])];
            }
#pragma warning disable CA1031 // Whatever the queue threw, the messages are still in the outbox and will be sent again.
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                cause = exception;
            }

            if (left.Count == 0)
                return;
            if (attempt == SendAttempts)
            {
                Log.NotSent(logger, left.Count, queueName, cause);
                foreach (var message in left)
                    failed.TryAdd(message.Id, 0);
                return;
            }

            await Task.Delay(FirstRetry * (1 << (attempt - 1)), time, cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} messages could not be sent to {Queue}; they stay in the outbox")]
        public static partial void NotSent(ILogger logger, int count, string queue, Exception? exception);
    }
}
