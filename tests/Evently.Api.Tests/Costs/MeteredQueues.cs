using System.Diagnostics;
using Evently.Shared.Messaging;

namespace Evently.Api.Tests.Costs;

/// <summary>Queues that tell the meter which trace each message belongs to.</summary>
public sealed class MeteredQueues(IQueueTransport inner, CostMeter meter) : IQueueTransport
{
    public async ValueTask<IQueue> OpenAsync(string name, CancellationToken cancellationToken) => new Metered(await inner.OpenAsync(name, cancellationToken), meter);

    private sealed class Metered(IQueue inner, CostMeter meter) : IQueue
    {
        public string Name => inner.Name;

        public ValueTask<IReadOnlyList<int>> SendAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken)
        {
            foreach (var message in messages)
            {
                if (ActivityContext.TryParse(message.TraceParent, null, out var context))
                    meter.Sent(context.TraceId);
            }

            return inner.SendAsync(messages, cancellationToken);
        }

        public ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int max, TimeSpan wait, TimeSpan visibility, CancellationToken cancellationToken) =>
            inner.ReceiveAsync(max, wait, visibility, cancellationToken);

        public ValueTask DeleteAsync(IReadOnlyList<ReceivedMessage> messages, CancellationToken cancellationToken) => inner.DeleteAsync(messages, cancellationToken);

        public ValueTask ChangeVisibilityAsync(IReadOnlyList<ReceivedMessage> messages, TimeSpan visibility, CancellationToken cancellationToken) =>
            inner.ChangeVisibilityAsync(messages, visibility, cancellationToken);

        public ValueTask DeferAsync(IReadOnlyList<ReceivedMessage> messages, TimeSpan delay, CancellationToken cancellationToken) =>
            inner.DeferAsync(messages, delay, cancellationToken);

        public ValueTask BuryAsync(IReadOnlyList<ReceivedMessage> messages, CancellationToken cancellationToken) => inner.BuryAsync(messages, cancellationToken);

        public ValueTask<QueueFigures> FiguresAsync(CancellationToken cancellationToken) => inner.FiguresAsync(cancellationToken);

        public ValueTask<int> RedriveAsync(int max, CancellationToken cancellationToken) => inner.RedriveAsync(max, cancellationToken);
    }
}
