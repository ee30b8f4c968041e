namespace Evently.Shared.Messaging.Embedded;

/// <summary>Where an entry of a <see cref="QueueIndex"/> is.</summary>
internal enum QueuePlace
{
    Ready,

    /// <summary>Received, or sent with a delay: nobody receives it before its time.</summary>
    Hidden,
    Dead,
    Gone,
}

/// <summary>A message as the rules of a queue know it. Only its <see cref="QueueIndex"/> changes it.</summary>
internal sealed class QueueEntry(long key, string group, DateTimeOffset sentAt)
{
    public long Key { get; } = key;

    public string Group { get; } = group;

    public DateTimeOffset SentAt { get; } = sentAt;

    /// <summary>Null when the engine keeps it elsewhere.</summary>
    public QueueMessage? Message { get; set; }

    /// <summary>It was there before this process.</summary>
    public bool IsInherited { get; init; }

    public int ReceiveCount { get; set; }

    /// <summary>Counts receives for ever; makes old receipts void.</summary>
    public int Generation { get; set; }

    public QueuePlace Place { get; set; }

    public bool IsInFlight { get; set; }

    /// <summary>When it becomes visible, by the index's own clock.</summary>
    public TimeSpan VisibleAt { get; set; }

    /// <summary>Changes with every move; tells an entry from its own past.</summary>
    public long Sequence { get; set; }
}
