using Evently.Shared.Storage;
using MassTransit;

namespace Evently.Shared.Messaging;

/// <summary>What a step of a saga adds to the transaction that saves its instance and its messages.</summary>
public static class CommitContext
{
    /// <summary>
    /// Adds writes to the commit of the message that is being handled. A refusal of any of them refuses the whole commit, and the message is
    /// handled again.
    /// </summary>
    /// <param name="applied">Called once the commit has been applied; not when it is refused or its outcome unknown.</param>
    public static void AddToCommit(this PipeContext context, IEnumerable<Write> writes, Action applied)
    {
        ArgumentNullException.ThrowIfNull(writes);
        var pending = CommitOf(context);
        foreach (var write in writes)
            pending.Add(write);
        pending.WhenApplied(applied);
    }

    /// <summary>Adds a message: for the queues that subscribe to it, or, if it is an <see cref="ILocalMessage"/>, for this module after the commit.</summary>
    public static void AddToCommit(this PipeContext context, object message) => CommitOf(context).Publish(message, group: null);

    private static PendingCommit CommitOf(PipeContext context) => context.TryGetPayload(out PendingCommit? pending)
        ? pending
        : throw new InvalidOperationException("There is no commit to join: the message did not come through a module's receiver.");
}
