using Evently.Shared.Ids;

namespace Evently.Shared.Messaging.Sagas;

/// <summary>What a process knows of a saga that it watches. Only <see cref="SagaWatch{TSaga}"/> changes it, under its lock.</summary>
internal sealed class WatchedSaga(Guid id, WatchPage page)
{
    public Guid Id { get; } = id;

    public WatchPage Page { get; } = page;

    public DateTimeOffset CheckAt { get; set; }

    /// <summary>Its place in the queue of checks.</summary>
    public DateTimeOffset QueuedAt { get; set; } = DateTimeOffset.MaxValue;

    /// <summary>Of the last save that is known.</summary>
    public int Version { get; set; }

    /// <summary>Whether it waits, as far as is known.</summary>
    public bool Waits { get; set; }

    /// <summary>Commits under way.</summary>
    public int Saving { get; set; }

    public DateTimeOffset SavingUntil { get; set; }

    /// <summary>Messages that its item keeps and that are not sent, as far as is known.</summary>
    public Dictionary<Ulid, UnsentMessage> Unsent { get; } = [];

    /// <summary>Its item may keep more of them than is known.</summary>
    public bool IsDoubtful { get; set; }

    /// <summary>In a row that changed nothing.</summary>
    public int Wakings { get; set; }
}

/// <summary>A message that a saga's item keeps.</summary>
/// <param name="queues">Those that don't have it.</param>
internal sealed class UnsentMessage(IReadOnlyList<string> queues)
{
    /// <summary>Those that don't have it.</summary>
    public IReadOnlyList<string> Queues { get; set; } = queues;

    /// <summary>It is on its way to the relay, or there.</summary>
    public bool IsInHand { get; set; }

    public int Failures { get; set; }
}
