using Evently.Shared.Storage;
namespace Evently.Testing.Storage;

/// <summary>What goes wrong with one call. What doesn't fit the call (a stale strong read, a throttled ping) counts as <see cref="None"/> or as <see cref="Unavailable"/>.</summary>
public enum TableFault
{
    None,

    /// <summary><see cref="TableUnavailableException"/>; nothing was done.</summary>
    Unavailable,

    /// <summary><see cref="TableThrottledException"/>, as after conflicts with other transactions or throttling; nothing was done.</summary>
    Throttled,

    /// <summary>The write was done and <see cref="WriteOutcomeUnknownException"/> is all that its caller hears.</summary>
    UnknownAfterWrite,

    /// <summary>The write was not done, which its caller can't know: <see cref="WriteOutcomeUnknownException"/>. Of independent writes, the first half was done.</summary>
    UnknownWithoutWrite,

    /// <summary>An eventually consistent read that sees the last but one state of what was written recently.</summary>
    Stale,
}

public enum TableOperation
{
    Get,
    GetMany,
    Query,
    QueryIndex,
    Write,
    Transact,
    WriteMany,
    Ping,
}

/// <summary>One call, as a fault plan or a gate sees it.</summary>
/// <param name="Number">Counts the engine's calls from 1.</param>
/// <param name="Keys">The items asked for or written; of a query, none.</param>
/// <param name="Partition">The first key's, or the query's, partition.</param>
public sealed record TableCall(long Number, TableOperation Operation, IReadOnlyList<ItemKey> Keys, string Partition)
{
    public bool IsWrite => Operation is TableOperation.Write or TableOperation.Transact or TableOperation.WriteMany;
}

/// <summary>Decides what goes wrong with a call. Called once a call, in the order of the calls.</summary>
public delegate TableFault FaultPlan(TableCall call);
