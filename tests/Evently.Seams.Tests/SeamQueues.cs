using System.Collections.Concurrent;
using System.Text.Json;
using Evently.Shared.Messaging;

namespace Evently.Seams.Tests;

/// <summary>The queues as one process sees them.</summary>
/// <param name="handled">Is told of each message that was handled to its end.</param>
internal sealed class SeamQueues(IQueueTransport inner, Seam seam, ConcurrentDictionary<(string Queue, string Type), bool> handled) : IQueueTransport
{
    public async ValueTask<IQueue> OpenAsync(string name, CancellationToken cancellationToken) => new SeamQueue(await inner.OpenAsync(name, cancellationToken), seam, handled);

    private sealed class SeamQueue(IQueue inner, Seam seam, ConcurrentDictionary<(string Queue, string Type), bool> handled) : IQueue
    {
        public string Name => inner.Name;

        public ValueTask<IReadOnlyList<int>> SendAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken) =>
            seam.CallAsync(() => inner.SendAsync(messages, cancellationToken));

        public ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int max, TimeSpan wait, TimeSpan visibility, CancellationToken cancellationToken) =>
            inner.ReceiveAsync(max, wait, visibility, cancellationToken);

        public async ValueTask DeleteAsync(IReadOnlyList<ReceivedMessage> messages, CancellationToken cancellationToken)
        {
            await DoAsync(() => inner.DeleteAsync(messages, cancellationToken));
            foreach (var message in messages)
            {
                using var envelope = JsonDocument.Parse(message.Message.Body);
                handled[(Name, envelope.RootElement.GetProperty("messageType")[0].GetString()!)] = true;
            }
        }

        public ValueTask ChangeVisibilityAsync(IReadOnlyList<ReceivedMessage> messages, TimeSpan visibility, CancellationToken cancellationToken) =>
            DoAsync(() => inner.ChangeVisibilityAsync(messages, visibility, cancellationToken));

        public ValueTask DeferAsync(IReadOnlyList<ReceivedMessage> messages, TimeSpan delay, CancellationToken cancellationToken) =>
            DoAsync(() => inner.DeferAsync(messages, delay, cancellationToken));

        public ValueTask BuryAsync(IReadOnlyList<ReceivedMessage> messages, CancellationToken cancellationToken) => DoAsync(() => inner.BuryAsync(messages, cancellationToken));

        public ValueTask<QueueFigures> FiguresAsync(CancellationToken cancellationToken) => inner.FiguresAsync(cancellationToken);

        public ValueTask<int> RedriveAsync(int max, CancellationToken cancellationToken) => seam.CallAsync(() => inner.RedriveAsync(max, cancellationToken));

        private async ValueTask DoAsync(Func<ValueTask> call) => await seam.CallAsync(async () =>
        {
            await call();
            return true;
        });
    }
}
