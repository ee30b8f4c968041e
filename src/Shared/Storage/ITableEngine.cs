namespace Evently.Shared.Storage;

/// <summary>
/// The table that everything is stored in. One contract, several engines (SQLite, DynamoDB; tests have one in memory), the same answers: the contract suite
/// runs on each. Every call throws <see cref="TableUnavailableException"/> or a subclass when the engine cannot serve it, and
/// <see cref="ArgumentException"/> when a request breaks a <see cref="TableLimits">bound</see>.
/// </summary>
public interface ITableEngine
{
    /// <summary>
    /// Whether writes are paid by their count and size, twice in a transaction, so that several small ones are cheaper than one for all. Where they are not, a
    /// transaction is the better: it has one flush.
    /// </summary>
    bool IsMetered { get; }

    ValueTask<Item?> GetAsync(ItemKey key, Consistency consistency, CancellationToken cancellationToken);

    /// <summary>Items in the order of <paramref name="keys"/>, null where absent. At most <see cref="TableLimits.BatchGetKeys"/> distinct keys.</summary>
    ValueTask<IReadOnlyList<Item?>> GetManyAsync(IReadOnlyList<ItemKey> keys, Consistency consistency, CancellationToken cancellationToken);

    ValueTask<Page> QueryAsync(Query query, CancellationToken cancellationToken);

    ValueTask<IndexPage> QueryIndexAsync(IndexQuery query, CancellationToken cancellationToken);

    /// <summary>Applies one write if its condition holds. When the task completes, the write is durable.</summary>
    ValueTask<WriteResult> WriteAsync(Write write, CancellationToken cancellationToken);

    /// <summary>Applies all writes or none. At most <see cref="TableLimits.TransactionWrites"/>, each of another item.</summary>
    ValueTask<TransactionResult> TransactAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken);

    /// <summary>Puts and deletes with <see cref="Condition.Always"/>, independent of one another, of any number; not atomic, cheaper than single writes.</summary>
    ValueTask WriteManyAsync(IReadOnlyList<Write> writes, CancellationToken cancellationToken);

    /// <summary>Answers when the store can be reached; throws otherwise. For health checks.</summary>
    ValueTask PingAsync(CancellationToken cancellationToken);
}

/// <summary>The store could not serve the request; nothing is known to be wrong with the request. HTTP answers 503 with Retry-After.</summary>
public class TableUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The engine gave up within its retry budget on throttling or on conflicts with other transactions. The write was not applied.</summary>
public sealed class TableThrottledException(string message, Exception? inner = null) : TableUnavailableException(message, inner);

/// <summary>The engine does not know whether the write was applied (a time-out after sending). State, read again, decides.</summary>
public sealed class WriteOutcomeUnknownException(string message, Exception? inner = null) : TableUnavailableException(message, inner);
