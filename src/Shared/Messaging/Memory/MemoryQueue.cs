using System.Globalization;

namespace Evently.Shared.Messaging.Memory;

/// <summary>What a <see cref="MemoryQueue"/> does wrong on purpose; probabilities from 0 to 1. All at 0: a faultless queue.</summary>
internal sealed class QueueFaults(int seed)
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
internal sealed class MemoryQueue(string name, TimeProvider time, QueueFaults faults) : IQueue
{
    private readonly QueueIndex _index = new();
    private long _keys;

    public string Name { get; } = name;

    public ValueTask<IReadOnlyList<int>> SendAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        List<int> failed = [];
        var now = time.GetUtcNow();
        for (var i = 0; i < messages.Count; i++)
        {
            if (faults.Happens(faults.SendFails))
            {
                failed.Add(i);
                continue;
            }

            Store(messages[i], now);
            if (faults.Happens(faults.Duplicated))
                Store(messages[i], now);
            if (faults.Happens(faults.SendAnswerLost))
                failed.Add(i);
        }

        return ValueTask.FromResult<IReadOnlyList<int>>(failed);
    }

    public ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int max, TimeSpan wait, TimeSpan visibility, CancellationToken cancellationToken) =>
        QueueWaiting.ReceiveAsync(_index, time, wait, _ => ValueTask.FromResult(Take(max, visibility)), cancellationToken);

    public ValueTask DeleteAsync(IReadOnlyList<ReceivedMessage> messages, CancellationToken cancellationToken)
    {
        foreach (var message in messages)
        {
            if (!faults.Happens(faults.DeleteLost))
                _index.Remove(QueueReceipt.KeyOf(message.Receipt), QueueReceipt.GenerationOf(message.Receipt));
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask ChangeVisibilityAsync(IReadOnlyList<ReceivedMessage> messages, TimeSpan visibility, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var message in messages)
            _index.SetVisibility(QueueReceipt.KeyOf(message.Receipt), QueueReceipt.GenerationOf(message.Receipt), visibility, now);
        return ValueTask.CompletedTask;
    }

    public ValueTask<QueueFigures> FiguresAsync(CancellationToken cancellationToken) => ValueTask.FromResult(_index.Figures(time.GetUtcNow()));

    public ValueTask<int> RedriveAsync(int max, CancellationToken cancellationToken) => ValueTask.FromResult(_index.Redrive(max, time.GetUtcNow()).Count);

    private void Store(QueueMessage message, DateTimeOffset now)
    {
        var key = Interlocked.Increment(ref _keys).ToString(CultureInfo.InvariantCulture);
        _index.Add(new QueueIndex.Entry(key, message.Group, now) { Message = message }, now + faults.Delay(), now);
    }

    private List<ReceivedMessage> Take(int max, TimeSpan visibility)
    {
        var (taken, _) = _index.Take(max, visibility, QueueLimits.MaxReceives, time.GetUtcNow());
        taken.RemoveAll(_ => faults.Happens(faults.ReceiveLost));
        return taken.ConvertAll(entry => new ReceivedMessage(entry.Message!, QueueReceipt.Of(entry), entry.ReceiveCount, entry.SentAt));
    }
}

/// <summary>Makes memory queues. They live as long as the transport.</summary>
internal sealed class MemoryQueueTransport(TimeProvider time, QueueFaults faults) : IQueueTransport
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, MemoryQueue> _queues = new(StringComparer.Ordinal);

    public QueueFaults Faults { get; } = faults;

    public ValueTask<IQueue> OpenAsync(string name, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IQueue>(_queues.GetOrAdd(name, static (queue, transport) => new MemoryQueue(queue, transport.Time, transport.Faults), this));

    private TimeProvider Time => time;
}
