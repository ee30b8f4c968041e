using System.Text;
using Evently.Shared.Messaging;

namespace Evently.Testing.Costs;

/// <summary>
/// Queues that tell the meter what SQS would bill: a request for every ten messages sent or deleted and for every receive, one more for each further
/// 64 KB of it. A receive that found nothing is a loop's.
/// </summary>
public sealed class MeteredQueues(IQueueTransport inner, CostMeter meter) : IQueueTransport
{
    public async ValueTask<IQueue> OpenAsync(string name, CancellationToken cancellationToken) =>
        new Metered(await inner.OpenAsync(name, cancellationToken), meter);

    private sealed class Metered(IQueue inner, CostMeter meter) : IQueue
    {
        private const int RequestBytes = 64 * 1_024;

        public string Name => inner.Name;

        public ValueTask<IReadOnlyList<int>> SendAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken)
        {
            Count("send", messages, isSent: true);
            return inner.SendAsync(messages, cancellationToken);
        }

        public async ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int max, TimeSpan wait, TimeSpan visibility, CancellationToken cancellationToken)
        {
            var received = await inner.ReceiveAsync(max, wait, visibility, cancellationToken);
            if (received.Count == 0)
                meter.Asked("receive nothing", Name, [], 1, isSent: false);
            else
                Count("receive", MessagesOf(received));
            return received;
        }

        public ValueTask DeleteAsync(IReadOnlyList<ReceivedMessage> messages, CancellationToken cancellationToken)
        {
            CountBatches("delete", messages);
            return inner.DeleteAsync(messages, cancellationToken);
        }

        public ValueTask ChangeVisibilityAsync(IReadOnlyList<ReceivedMessage> messages, TimeSpan visibility, CancellationToken cancellationToken)
        {
            CountBatches("change visibility", messages);
            return inner.ChangeVisibilityAsync(messages, visibility, cancellationToken);
        }

        public ValueTask DeferAsync(IReadOnlyList<ReceivedMessage> messages, TimeSpan delay, CancellationToken cancellationToken)
        {
            CountBatches("delete", messages);
            Count("send", MessagesOf(messages));
            return inner.DeferAsync(messages, delay, cancellationToken);
        }

        public ValueTask BuryAsync(IReadOnlyList<ReceivedMessage> messages, CancellationToken cancellationToken)
        {
            CountBatches("delete", messages);
            Count("send", MessagesOf(messages));
            return inner.BuryAsync(messages, cancellationToken);
        }

        public ValueTask<QueueFigures> FiguresAsync(CancellationToken cancellationToken) => inner.FiguresAsync(cancellationToken);

        public ValueTask<int> RedriveAsync(int max, CancellationToken cancellationToken) => inner.RedriveAsync(max, cancellationToken);

        private static List<QueueMessage> MessagesOf(IReadOnlyList<ReceivedMessage> messages) => [.. messages.Select(message => message.Message)];

        /// <summary>Requests that carry the messages' bodies.</summary>
        private void Count(string operation, IReadOnlyList<QueueMessage> messages, bool isSent = false)
        {
            foreach (var batch in messages.Chunk(QueueLimits.BatchEntries))
            {
                var bytes = batch.Sum(message => Encoding.UTF8.GetByteCount(message.Body));
                var requests = Math.Max(1, (bytes + RequestBytes - 1) / RequestBytes);
                meter.Asked(operation, Name, Array.ConvertAll(batch, message => message.TraceParent), requests, isSent);
            }
        }

        private void CountBatches(string operation, IReadOnlyList<ReceivedMessage> messages)
        {
            foreach (var batch in messages.Chunk(QueueLimits.BatchEntries))
                meter.Asked(operation, Name, Array.ConvertAll(batch, message => message.Message.TraceParent), 1, isSent: false);
        }
    }
}
