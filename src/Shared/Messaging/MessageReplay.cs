using Evently.Shared.Messaging.Hosting;

namespace Evently.Shared.Messaging;

/// <summary>
/// Sends messages again that had left the outbox before. After the table was restored to an earlier moment the queues are empty: what they held at
/// that moment, and what was handled only later, is sent anew from the table's own record. Consumers are idempotent, so more than needed does no harm.
/// </summary>
public sealed class MessageReplay
{
    private const int BatchMessages = 100;
    private readonly ModuleRuntimes _modules;
    private readonly QueueSet _queues;

    internal MessageReplay(ModuleRuntimes modules, QueueSet queues)
    {
        _modules = modules;
        _queues = queues;
    }

    /// <summary>Sends what left the outboxes in a stretch of time, both ends included.</summary>
    /// <returns>How many messages were sent, counted once a queue.</returns>
    /// <exception cref="QueueUnavailableException">A queue did not take all; repeat the call.</exception>
    public async Task<int> RunAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var count = 0;
        foreach (var module in _modules.All)
        {
            List<OutgoingMessage> batch = [];
            await foreach (var message in module.Sent.ReadAsync(from, to, cancellationToken))
            {
                batch.Add(message);
                if (batch.Count == BatchMessages)
                    count += await SendAsync(batch, cancellationToken);
            }

            count += await SendAsync(batch, cancellationToken);
        }

        return count;
    }

    private async Task<int> SendAsync(List<OutgoingMessage> batch, CancellationToken cancellationToken)
    {
        var count = 0;
        foreach (var group in batch.SelectMany(message => message.Queues.Select(queue => (Queue: queue, Message: message))).GroupBy(pair => pair.Queue, StringComparer.Ordinal))
        {
            var queue = await _queues.OpenAsync(group.Key, cancellationToken);
            var messages = group.Select(pair => pair.Message.ToQueueMessage()).ToList();
            if ((await queue.SendAsync(messages, cancellationToken)).Count is > 0 and var failed)
                throw new QueueUnavailableException($"{queue.Name} did not take {failed} messages of {messages.Count}.");
            count += messages.Count;
        }

        batch.Clear();
        return count;
    }
}
