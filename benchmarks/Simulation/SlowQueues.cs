using Evently.Shared.Messaging;

namespace Evently.Simulation;

/// <summary>Queues that answer as late as SQS. A receive waits at the queue, so that only its way back is added.</summary>
/// <param name="pass">Lets the time of one request pass.</param>
internal sealed class SlowQueues(IQueueTransport inner, Func<Task> pass) : IQueueTransport
{
    public async ValueTask<IQueue> OpenAsync(string name, CancellationToken cancellationToken) =>
        new Slow(await inner.OpenAsync(name, cancellationToken), pass);

    private sealed class Slow(IQueue inner, Func<Task> pass) : IQueue
    {
        public string Name => inner.Name;

        public async ValueTask<IReadOnlyList<int>> SendAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken)
        {
            await pass();
            return await inner.SendAsync(messages, cancellationToken);
        }

        public async ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int max, TimeSpan wait, TimeSpan visibility, CancellationToken cancellationToken)
        {
            var received = await inner.ReceiveAsync(max, wait, visibility, cancellationToken);
            await pass();
            return received;
        }

        public async ValueTask DeleteAsync(IReadOnlyList<ReceivedMessage> messages, CancellationToken cancellationToken)
        {
            await pass();
            await inner.DeleteAsync(messages, cancellationToken);
        }

        public async ValueTask ChangeVisibilityAsync(IReadOnlyList<ReceivedMessage> messages, TimeSpan visibility, CancellationToken cancellationToken)
        {
            await pass();
            await inner.ChangeVisibilityAsync(messages, visibility, cancellationToken);
        }

        public async ValueTask DeferAsync(IReadOnlyList<ReceivedMessage> messages, TimeSpan delay, CancellationToken cancellationToken)
        {
            await pass();
            await inner.DeferAsync(messages, delay, cancellationToken);
        }

        public async ValueTask BuryAsync(IReadOnlyList<ReceivedMessage> messages, CancellationToken cancellationToken)
        {
            await pass();
            await inner.BuryAsync(messages, cancellationToken);
        }

        public ValueTask<QueueFigures> FiguresAsync(CancellationToken cancellationToken) => inner.FiguresAsync(cancellationToken);

        public ValueTask<int> RedriveAsync(int max, CancellationToken cancellationToken) => inner.RedriveAsync(max, cancellationToken);
    }
}
