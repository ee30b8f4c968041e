using Evently.Shared.Messaging;
using Evently.Shared.Messaging.Embedded;

namespace Evently.Testing.Messaging;

/// <summary>What a <see cref="MemoryQueue"/> does wrong on purpose; probabilities from 0 to 1. All at 0: a faultless queue.</summary>
public sealed class MemoryQueueFaults(int seed)
{
    private readonly Random _random = new(seed);
    private readonly Lock _gate = new();

    /// <summary>A message is not stored, and the answer says so.</summary>
    public double SendFails { get; set; }

    /// <summary>A message is stored, but the answer says that it was not.</summary>
    public double SendAnswerLost { get; set; }

    /// <summary>A message is stored twice.</summary>
    public double Duplicated { get; set; }

    /// <summary>A received message gets lost on its way and comes again after its visibility.</summary>
    public double ReceiveLost { get; set; }

    /// <summary>A delete has no effect.</summary>
    public double DeleteLost { get; set; }

    /// <summary>A message becomes visible late, by up to <see cref="LongestDelay"/>; that also reorders.</summary>
    public double Delayed { get; set; }

    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromSeconds(1);

    public bool Happens(double probability)
    {
        if (probability <= 0)
            return false;
        lock (_gate)
            return _random.NextDouble() < probability;
    }

    public TimeSpan Delay()
    {
        if (!Happens(Delayed))
            return TimeSpan.Zero;
        lock (_gate)
            return LongestDelay * _random.NextDouble();
    }
}

/// <summary>A queue in memory, for tests and simulation, with faults on demand.</summary>
internal sealed class MemoryQueue(string name, TimeProvider time, MemoryQueueFaults faults) : IQueue
{
    private readonly QueueIndex _index = new(time);
    private long _keys;

    public string Name { get; } = name;

    public ValueTask<IReadOnlyList<int>> SendAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        List<int> failed = [];
        for (var i = 0; i < messages.Count; i++)
        {
            if (faults.Happens(faults.SendFails))
            {
                failed.Add(i);
                continue;
            }

            Store(messages[i]);
            if (faults.Happens(faults.Duplicated))
                Store(messages[i]);
            if (faults.Happens(faults.SendAnswerLost))
                failed.Add(i);
        }

        return ValueTask.FromResult<IReadOnlyList<int>>(failed);
    }

    public ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int max, TimeSpan wait, TimeSpan visibility, CancellationToken cancellationToken) =>
        QueueWaiting.ReceiveAsync(_index, time, wait, () => ValueTask.FromResult(Take(max, visibility)), cancellationToken);

    public ValueTask DeleteAsync(IReadOnlyList<ReceivedMessage> messages, CancellationToken cancellationToken)
    {
        foreach (var entry in Held(messages))
        {
            if (!faults.Happens(faults.DeleteLost))
                _index.Remove(entry);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask ChangeVisibilityAsync(IReadOnlyList<ReceivedMessage> messages, TimeSpan visibility, CancellationToken cancellationToken)
    {
        foreach (var message in messages)
            _index.SetVisibility(message.Receipt, visibility);
        return ValueTask.CompletedTask;
    }

    public ValueTask DeferAsync(IReadOnlyList<ReceivedMessage> messages, TimeSpan delay, CancellationToken cancellationToken)
    {
        foreach (var entry in Held(messages))
            _index.Defer(entry, delay);
        return ValueTask.CompletedTask;
    }

    public ValueTask BuryAsync(IReadOnlyList<ReceivedMessage> messages, CancellationToken cancellationToken)
    {
        foreach (var entry in Held(messages))
            _index.Bury(entry);
        return ValueTask.CompletedTask;
    }

    public ValueTask<QueueFigures> FiguresAsync(CancellationToken cancellationToken) => ValueTask.FromResult(_index.Figures());

    public ValueTask<int> RedriveAsync(int max, CancellationToken cancellationToken) => ValueTask.FromResult(_index.Revive(_index.OldestDead(max)));

    private void Store(QueueMessage message) =>
        _index.Add(new QueueEntry(Interlocked.Increment(ref _keys), message.Group, time.GetUtcNow()) { Message = message }, faults.Delay());

    private List<QueueEntry> Held(IReadOnlyList<ReceivedMessage> messages) => [.. messages.Select(message => _index.Held(message.Receipt)).OfType<QueueEntry>()];

    private List<ReceivedMessage> Take(int max, TimeSpan visibility)
    {
        List<ReceivedMessage> received = [];
        foreach (var (entry, generation, isExhausted) in _index.Take(max, visibility, QueueLimits.MaxReceives))
        {
            if (isExhausted)
                _index.Bury(entry);
            else if (!faults.Happens(faults.ReceiveLost))
                received.Add(new ReceivedMessage(entry.Message!, QueueReceipt.Of(entry, generation), entry.ReceiveCount, entry.SentAt));
        }

        return received;
    }
}

/// <summary>Makes memory queues. They live as long as the transport.</summary>
public sealed class MemoryQueueTransport(TimeProvider time, MemoryQueueFaults faults) : IQueueTransport
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, MemoryQueue> _queues = new(StringComparer.Ordinal);

    public MemoryQueueFaults Faults { get; } = faults;

    public ValueTask<IQueue> OpenAsync(string name, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IQueue>(_queues.GetOrAdd(name, static (queue, transport) => new MemoryQueue(queue, transport.Time, transport.Faults), this));

    private TimeProvider Time => time;
}
