using Evently.Shared.Messaging.Instances;
using Evently.Shared.Storage;

namespace Evently.Shared.Messaging.Outbox;

/// <summary>
/// Where table and queues are apart: the messages become outbox rows in the transaction, each with its destinations, unless the one write that is committed
/// keeps them itself. The relay sends them.
/// </summary>
internal sealed class OutboxCommit(ModuleTable table, OutboxRows rows, OutboxRelay relay, IInstances instances) : IMessageCommit
{
    public async ValueTask<TransactionResult> CommitAsync(
        IReadOnlyList<Write> writes, IReadOnlyList<OutgoingMessage> messages, IMessageHome? home, CancellationToken cancellationToken)
    {
        if (messages.Count == 0)
            return await table.CommitAsync(writes, cancellationToken);
        var outgoing = messages.Select(message => home is null ? rows.NewRow(message, instances.Self) : OutboxRows.At(home, message)).ToList();
        relay.Expect(outgoing);
        try
        {
            var result = await table.CommitAsync(home is null ? [.. writes, .. outgoing.Select(OutboxRows.Insert)] : writes, cancellationToken);
            if (result.Applied)
                relay.HandOver(outgoing);
            else
                relay.Forget(outgoing, mayBeThere: false);
            return result;
        }
        catch
        {
            relay.Forget(outgoing, mayBeThere: true);
            throw;
        }
    }
}
