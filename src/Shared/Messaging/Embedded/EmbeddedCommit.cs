using Evently.Shared.Messaging.Hosting;
using Evently.Shared.Storage;
using Evently.Shared.Storage.Embedded;

namespace Evently.Shared.Messaging.Embedded;

/// <summary>
/// Where table and queues are one file, the commit puts the messages into their queues itself: no outbox row, no relay, no delete.
/// </summary>
internal sealed class EmbeddedCommit(ModuleTable table, EmbeddedTableEngine engine, QueueSet queues) : IMessageCommit
{
    public async ValueTask<TransactionResult> CommitAsync(
        IReadOnlyList<Write> writes, IReadOnlyList<OutgoingMessage> messages, Outbox.IMessageHome? home, CancellationToken cancellationToken)
    {
        if (messages.Count == 0)
            return await table.CommitAsync(writes, cancellationToken);
        table.Guard(writes);
        var sends = new List<(EmbeddedQueue Queue, QueueRow Row)>(messages.Count);
        foreach (var message in messages)
        {
            foreach (var name in message.Queues)
            {
                var queue = (EmbeddedQueue)await queues.OpenAsync(name, cancellationToken);
                sends.Add((queue, queue.NewRow(message.ToQueueMessage())));
            }
        }

        try
        {
            var result = await engine.TransactAsync(writes, session => Insert(session, sends), cancellationToken);
            if (result.Applied)
                sends.ForEach(send => send.Queue.Sent([send.Row]));
            return result;
        }
        catch (WriteOutcomeUnknownException)
        {
            sends.ForEach(send => send.Queue.Doubt([send.Row]));
            throw;
        }
    }

    private static void Insert(SqliteSession session, List<(EmbeddedQueue Queue, QueueRow Row)> sends)
    {
        foreach (var (queue, row) in sends)
            queue.Insert(session, row);
    }
}
