using System.Globalization;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Shared.Messaging.Outbox;

/// <summary>A message that is committed and not yet in the queues of those who subscribe to it.</summary>
/// <param name="Type">MassTransit's URN of the message's type; decides who gets it.</param>
internal sealed record OutboxMessage(Ulid Id, string Type, string Group, string Body, string? TraceParent)
{
    public QueueMessage ToQueueMessage() => new(Id.ToString(), Group, Body, TraceParent);
}

/// <summary>The outbox rows of one module: <c>{PREFIX}OUTBOX#{shard}</c>, sorted by message id and so by age.</summary>
internal sealed class OutboxRows(string keyPrefix)
{
    public const int Shards = 8;
    private const string Type = "type";
    private const string Group = "group";
    private const string Body = "body";
    private const string TraceParent = "trace";

    public string PartitionOf(int shard) => string.Create(CultureInfo.InvariantCulture, $"{keyPrefix}OUTBOX#{shard}");

    // The low bits of an id are random.
    public ItemKey KeyOf(Ulid id) => new(PartitionOf((int)(id.Bits % Shards)), id.ToString());

    public Write Insert(OutboxMessage message)
    {
        var attributes = new Dictionary<string, Value>(4)
        {
            [Type] = message.Type,
            [Group] = message.Group,
            [Body] = message.Body,
        };
        if (message.TraceParent is not null)
            attributes[TraceParent] = message.TraceParent;
        return Write.Put(KeyOf(message.Id), attributes, Condition.ItemAbsent);
    }

    public Write Delete(Ulid id) => Write.Delete(KeyOf(id), Condition.Always);

    public static OutboxMessage Read(Item item)
    {
        if (!Ulid.TryParse(item.Key.Sort, out var id))
            throw new InvalidDataException($"The outbox row {item.Key} has no message id.");
        return new OutboxMessage(id, item[Type].String, item[Group].String, item[Body].String, item.Has(TraceParent) ? item[TraceParent].String : null);
    }
}
