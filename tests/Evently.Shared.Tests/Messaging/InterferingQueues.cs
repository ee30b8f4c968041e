using Evently.Shared.Messaging;

namespace Evently.Shared.Tests.Messaging;

/// <summary>Lets a test act before a queue is asked for something.</summary>
internal sealed class InterferingQueues(IQueueTransport inner) : IQueueTransport
{
    /// <summary>Called with the queue's name.</summary>
    public Action<string>? BeforeSend { get; set; }

    public Action<string>? BeforeDelete { get; set; }

    /// <summary>Messages that reached each queue, copies included.</summary>
    public System.Collections.Concurrent.ConcurrentDictionary<string, int> Sent { get; } = new(StringComparer.Ordinal);

    public async ValueTask<IQueue> OpenAsync(string name, CancellationToken cancellationToken) => new Queue(await inner.OpenAsync(name, cancellationToken), this);

    private sealed class Queue(IQueue inner, InterferingQueues test) : IQueue
    {
        public string Name => inner.Name;

        public ValueTask<IReadOnlyList<int>> SendAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken)
        {
            test.BeforeSend?.Invoke(Name);
            test.Sent.AddOrUpdate(Name, messages.Count, (_, sent) => sent + messages.Count);
            return inner.SendAsync(messages, cancellationToken);
        }

        public ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int max, TimeSpan wait, TimeSpan visibility, CancellationToken cancellationToken) =>
            inner.ReceiveAsync(max, wait, visibility, cancellationToken);

        public ValueTask DeleteAsync(IReadOnlyList<ReceivedMessage> messages, CancellationToken cancellationToken)
        {
            test.BeforeDelete?.Invoke(Name);
            return inner.DeleteAsync(messages, cancellationToken);
        }

        public ValueTask ChangeVisibilityAsync(IReadOnlyList<ReceivedMessage> messages, TimeSpan visibility, CancellationToken cancellationToken) =>
            inner.ChangeVisibilityAsync(messages, visibility, cancellationToken);

        public ValueTask DeferAsync(IReadOnlyList<ReceivedMessage> messages, TimeSpan delay, CancellationToken cancellationToken) =>
            inner.DeferAsync(messages, delay, cancellationToken);

        public ValueTask BuryAsync(IReadOnlyList<ReceivedMessage> messages, CancellationToken cancellationToken) => inner.BuryAsync(messages, cancellationToken);

        public ValueTask<QueueFigures> FiguresAsync(CancellationToken cancellationToken) => inner.FiguresAsync(cancellationToken);

        public ValueTask<int> RedriveAsync(int max, CancellationToken cancellationToken) => inner.RedriveAsync(max, cancellationToken);
    }
}
