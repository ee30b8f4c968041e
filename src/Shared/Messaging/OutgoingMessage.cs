using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Shared.Messaging;

/// <summary>A message on its way from a commit to the queues.</summary>
/// <param name="Type">MassTransit's URN of the message's type.</param>
/// <param name="Queues">Who has yet to get it. Decided by the process that commits it, which knows the type; never empty.</param>
internal sealed record OutgoingMessage(Ulid Id, string Type, IReadOnlyList<string> Queues, string Group, string Body, string? TraceParent)
{
    public QueueMessage ToQueueMessage() => new(Id.ToString(), Group, Body, TraceParent);
}

/// <summary>Commits the writes of a use case and the messages that they cause, both or neither.</summary>
internal interface IMessageCommit
{
    /// <summary>Of the answer's indexes, those of <paramref name="writes"/> come first.</summary>
    /// <param name="home">What keeps the messages until they are sent, when the writes store them already; null when the commit has to.</param>
    ValueTask<TransactionResult> CommitAsync(
        IReadOnlyList<Write> writes, IReadOnlyList<OutgoingMessage> messages, Outbox.IMessageHome? home, CancellationToken cancellationToken);
}

internal static class TableCommit
{
    /// <summary>By the cheapest call that does it.</summary>
    public static async ValueTask<TransactionResult> CommitAsync(this ModuleTable table, IReadOnlyList<Write> writes, CancellationToken cancellationToken)
    {
        switch (writes)
        {
            case []:
                return TransactionResult.Success;
            case [not Write.CheckWrite]:
                var result = await table.WriteAsync(writes[0], cancellationToken);
                return result.Applied ? TransactionResult.Success : new TransactionResult(false, [0], [result.Item]);
            default:
                return await table.TransactAsync(writes, cancellationToken);
        }
    }
}
