using Evently.Shared.Storage;
using MassTransit;

namespace Evently.Shared.Messaging;

/// <summary>A saga instance whose saves are guarded by a version.</summary>
public interface IVersionedSaga : SagaStateMachineInstance
{
    /// <summary>Counts saves, from 1. The repository writes it; a save that finds another version is refused and the message is handled again.</summary>
    int Version { get; set; }
}

/// <summary>How a module lays out one kind of saga in its table.</summary>
public interface ISagaStore<TSaga>
    where TSaga : class, IVersionedSaga
{
    ItemKey KeyOf(Guid correlationId);

    Guid CorrelationIdOf(ItemKey key);

    /// <summary>The instance's own attributes; the repository adds the version, the due index and the time to live.</summary>
    /// <param name="unsent">A JSON array that belongs into the item as well; empty when there is none.</param>
    Dictionary<string, Value> Write(TSaga saga, ReadOnlyMemory<byte> unsent = default);

    TSaga Read(Item item);

    /// <summary>The array that <see cref="Write"/> was given with the instance; empty when it was given none.</summary>
    ReadOnlyMemory<byte> ReadUnsent(Item item);

    /// <summary>When the instance wants to be woken, or null while it waits for nothing. It is in the due index exactly while this is set.</summary>
    DateTimeOffset? DueAt(TSaga saga);

    /// <summary>When a terminal instance may be removed; null while it must stay.</summary>
    DateTimeOffset? ExpiresAt(TSaga saga);

    /// <summary>The message that wakes an instance; an <see cref="ILocalMessage"/>.</summary>
    object DueMessage(Guid correlationId, DateTimeOffset dueAt);

    /// <summary>Messages of one group share a fair-queue group (an event's id), so that a hot event does not starve the others.</summary>
    string GroupOf(TSaga saga);
}
