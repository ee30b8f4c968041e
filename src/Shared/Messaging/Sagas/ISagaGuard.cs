namespace Evently.Shared.Messaging.Sagas;

/// <summary>
/// Sees to it that a saga which waits is woken, whoever dies meanwhile. Where an index entry costs nothing the saga's item carries its due time into the
/// index (<see cref="DueWorker"/>), and its messages are rows of their own. Where each is paid for, the process that takes a saga's steps watches it, and the
/// messages stay in the saga's item until they are sent (<see cref="SagaWatch{TSaga}"/>).
/// </summary>
internal interface ISagaGuard<TSaga>
    where TSaga : class, IVersionedSaga
{
    /// <summary>Whether the items carry their due time into the index.</summary>
    bool AreIndexed { get; }

    /// <summary>Whether a saga's item may keep the messages of its last step.</summary>
    bool KeepsMessages { get; }

    /// <summary>An id for a saga that this process is about to insert.</summary>
    ValueTask<Guid> NextIdAsync();

    /// <summary>To be awaited before a commit that saves the saga. <see cref="Saved"/> or <see cref="NotSaved"/> is to follow.</summary>
    /// <param name="dueAt">When the saga wants to be woken after that commit; null while it waits for nothing.</param>
    /// <param name="sending">The messages that its item will keep and that the commit hands to the relay.</param>
    ValueTask SavingAsync(Guid correlationId, DateTimeOffset? dueAt, IReadOnlyList<OutgoingMessage> sending);

    /// <summary>The commit was applied.</summary>
    /// <param name="version">The saga's, by which saves are put in their order.</param>
    void Saved(Guid correlationId, int version, DateTimeOffset? dueAt);

    /// <summary>The commit was refused, or its outcome is not known.</summary>
    void NotSaved(Guid correlationId, IReadOnlyList<OutgoingMessage> sending, bool mayBeThere);

    /// <summary>Of the messages that an item keeps, those that are not known to have been sent: whoever saves the saga next takes them over.</summary>
    IReadOnlyList<OutgoingMessage> NotSent(IReadOnlyList<OutgoingMessage> kept);

    /// <summary>Of those, the ones that this process is not about to send anyway.</summary>
    IReadOnlyList<OutgoingMessage> NotInHand(Guid correlationId, IReadOnlyList<OutgoingMessage> kept);

    /// <summary>Where the messages that the saga's item keeps are at home.</summary>
    Outbox.IMessageHome HomeOf(Guid correlationId);

    /// <summary>A page of the sagas that are in no index, by who watches them.</summary>
    /// <param name="after">The end of the page before, or <see cref="WatchPages.FirstPlace"/>.</param>
    ValueTask<WatchedPage> ReadAsync(int limit, string after, CancellationToken cancellationToken);
}

internal static class SagaCommits
{
    /// <summary>Commits a save of the saga, watched over.</summary>
    /// <param name="commit">Whether it was applied.</param>
    /// <inheritdoc cref="ISagaGuard{TSaga}.SavingAsync"/>
    public static async ValueTask<bool> CommitAsync<TSaga>(
        this ISagaGuard<TSaga> guard, TSaga saga, DateTimeOffset? dueAt, IReadOnlyList<OutgoingMessage> sending, Func<ValueTask<bool>> commit)
        where TSaga : class, IVersionedSaga
    {
        await guard.SavingAsync(saga.CorrelationId, dueAt, sending);
        try
        {
            var isApplied = await commit();
            if (isApplied)
                guard.Saved(saga.CorrelationId, saga.Version, dueAt);
            else
                guard.NotSaved(saga.CorrelationId, sending, mayBeThere: false);
            return isApplied;
        }
        catch
        {
            guard.NotSaved(saga.CorrelationId, sending, mayBeThere: true);
            throw;
        }
    }
}

/// <param name="Ids">May hold some that wait for nothing, or are not there.</param>
/// <param name="Next">Where the next page begins; null when there is none.</param>
internal sealed record WatchedPage(IReadOnlyList<Guid> Ids, string? Next);

/// <summary>The due index is in the items, and so in their commits, as are the messages: nothing else is to be done.</summary>
internal sealed class IndexedSagas<TSaga>(Ids.IdGenerator ids) : ISagaGuard<TSaga>
    where TSaga : class, IVersionedSaga
{
    public bool AreIndexed => true;

    public bool KeepsMessages => false;

    public ValueTask<Guid> NextIdAsync() => ValueTask.FromResult(ids.Next().ToGuid());

    public ValueTask SavingAsync(Guid correlationId, DateTimeOffset? dueAt, IReadOnlyList<OutgoingMessage> sending) => ValueTask.CompletedTask;

    public void Saved(Guid correlationId, int version, DateTimeOffset? dueAt)
    {
        // Its entry was in the commit.
    }

    public void NotSaved(Guid correlationId, IReadOnlyList<OutgoingMessage> sending, bool mayBeThere)
    {
        // Nor is its entry there.
    }

    public IReadOnlyList<OutgoingMessage> NotSent(IReadOnlyList<OutgoingMessage> kept) => kept;

    public IReadOnlyList<OutgoingMessage> NotInHand(Guid correlationId, IReadOnlyList<OutgoingMessage> kept) => kept;

    public Outbox.IMessageHome HomeOf(Guid correlationId) => throw new NotSupportedException("Messages are rows here.");

    public ValueTask<WatchedPage> ReadAsync(int limit, string after, CancellationToken cancellationToken) => ValueTask.FromResult(new WatchedPage([], null));
}
