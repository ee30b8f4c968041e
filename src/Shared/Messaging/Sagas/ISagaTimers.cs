namespace Evently.Shared.Messaging.Sagas;

/// <summary>
/// Sees to it that a saga which waits is woken, whoever dies meanwhile. Where an index entry costs nothing the saga's item carries its due time into the
/// index (<see cref="DueWorker"/>); where it costs as much as the item, the process that takes a saga's steps watches it (<see cref="SagaWatch{TSaga}"/>).
/// </summary>
internal interface ISagaTimers<TSaga>
    where TSaga : class, IVersionedSaga
{
    /// <summary>Whether the items carry their due time into the index.</summary>
    bool AreIndexed { get; }

    /// <summary>An id for a saga that this process is about to insert.</summary>
    ValueTask<Guid> NextIdAsync(CancellationToken cancellationToken);

    /// <summary>To be awaited before a commit that saves the saga. Each is followed by <see cref="Saved"/>, unless the commit failed.</summary>
    /// <param name="dueAt">When the saga wants to be woken after that commit; null while it waits for nothing.</param>
    ValueTask SavingAsync(Guid correlationId, DateTimeOffset? dueAt, CancellationToken cancellationToken);

    /// <summary>The commit was applied.</summary>
    /// <param name="version">The saga's, by which saves are put in their order.</param>
    void Saved(Guid correlationId, int version, DateTimeOffset? dueAt);

    /// <summary>A page of the sagas that are in no index, by who watches them.</summary>
    /// <param name="after">The end of the page before, or <see cref="WatchPages.FirstPlace"/>.</param>
    ValueTask<WatchedPage> ReadAsync(int limit, string after, CancellationToken cancellationToken);
}

/// <param name="Ids">May hold some that wait for nothing, or are not there.</param>
/// <param name="Next">Where the next page begins; null when there is none.</param>
internal sealed record WatchedPage(IReadOnlyList<Guid> Ids, string? Next);

/// <summary>The due index is in the items, and so in their commits: nothing else is to be done.</summary>
internal sealed class IndexedTimers<TSaga>(Ids.IdGenerator ids) : ISagaTimers<TSaga>
    where TSaga : class, IVersionedSaga
{
    public bool AreIndexed => true;

    public ValueTask<Guid> NextIdAsync(CancellationToken cancellationToken) => ValueTask.FromResult(ids.Next().ToGuid());

    public ValueTask SavingAsync(Guid correlationId, DateTimeOffset? dueAt, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public void Saved(Guid correlationId, int version, DateTimeOffset? dueAt)
    {
        // Its entry was in the commit.
    }

    public ValueTask<WatchedPage> ReadAsync(int limit, string after, CancellationToken cancellationToken) => ValueTask.FromResult(new WatchedPage([], null));
}
