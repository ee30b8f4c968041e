using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Evently.Shared.Ids;
using Evently.Shared.Messaging.Hosting;
using Evently.Shared.Storage;

namespace Evently.Shared.Messaging.Outbox;

/// <summary>A message that is committed and not yet in all of its queues.</summary>
/// <param name="Author">The instance that committed it and has it in hand; null in rows of versions that did not say.</param>
internal sealed record OutboxRow(ItemKey Key, OutgoingMessage Message, string? Author)
{
    /// <summary>Where the message is kept, if it has no row.</summary>
    public IMessageHome? Home { get; init; }
}

/// <summary>What keeps messages until they are sent, other than a row of the outbox.</summary>
internal interface IMessageHome
{
    /// <summary>The relay has tried.</summary>
    /// <param name="left">The queues that don't have the message yet; when there are any, it is to be handed over again, later.</param>
    void Relayed(Ulid message, IReadOnlyList<string> left);
}

/// <summary>
/// The outbox rows of one module: <c>{PREFIX}OUT#{shard}</c>, sorted by message id and so by age. A row names its destinations, so that whoever finds it can
/// send it without knowing its type. Versions before wrote <c>{PREFIX}OUTBOX#{shard}</c> without them, and delete there whatever they don't know; so
/// those rows are still read, and none are written where such versions look.
/// </summary>
internal sealed class OutboxRows(string keyPrefix, MessageTopology topology)
{
    public const int Shards = 8;
    private const char QueueSeparator = ' ';
    private const string Type = "type";
    private const string Queues = "to";
    private const string Author = "by";
    private const string Group = "group";
    private const string Body = "body";
    private const string TraceParent = "trace";

    public string PartitionOf(int shard) => string.Create(CultureInfo.InvariantCulture, $"{keyPrefix}OUT#{shard}");

    public string FormerPartitionOf(int shard) => string.Create(CultureInfo.InvariantCulture, $"{keyPrefix}OUTBOX#{shard}");

    // The low bits of an id are random.
    public static int ShardOf(Ulid id) => (int)(id.Bits % Shards);

    public OutboxRow NewRow(OutgoingMessage message, string author) => new(new ItemKey(PartitionOf(ShardOf(message.Id)), message.Id.ToString()), message, author);

    public static OutboxRow At(IMessageHome home, OutgoingMessage message) => new(default, message, Author: null) { Home = home };

    public static Write Insert(OutboxRow row) => Write.Put(row.Key, Attributes(row, row.Message.Queues), Condition.ItemAbsent);

    public static Write Delete(OutboxRow row) => Write.Delete(row.Key, Condition.Always);

    /// <summary>The row of a message that only these queues do not have yet.</summary>
    public static Write Keep(OutboxRow row, IReadOnlyList<string> queues) => Write.Put(row.Key, Attributes(row, queues), Condition.Always);

    /// <summary>False for a row that this version can't read, or whose destinations it can't find out.</summary>
    public bool TryRead(Item item, [NotNullWhen(true)] out OutboxRow? row)
    {
        row = null;
        if (!Ulid.TryParse(item.Key.Sort, out var id) || Text(item, Type) is not { } type || Text(item, Group) is not { } group || Text(item, Body) is not { } body)
            return false;
        var queues = Text(item, Queues)?.Split(QueueSeparator, StringSplitOptions.RemoveEmptyEntries) ?? topology.QueuesOf(type);
        if (queues.Count == 0)
            return false;
        row = new OutboxRow(item.Key, new OutgoingMessage(id, type, queues, group, body, Text(item, TraceParent)), Text(item, Author));
        return true;
    }

    private static string? Text(Item item, string name) => item[name] is { Kind: ValueKind.String } value ? value.String : null;

    private static Dictionary<string, Value> Attributes(OutboxRow row, IReadOnlyList<string> queues)
    {
        var message = row.Message;
        var attributes = new Dictionary<string, Value>(6)
        {
            [Type] = message.Type,
            [Queues] = string.Join(QueueSeparator, queues),
            [Group] = message.Group,
            [Body] = message.Body,
        };
        if (row.Author is not null)
            attributes[Author] = row.Author;
        if (message.TraceParent is not null)
            attributes[TraceParent] = message.TraceParent;
        return attributes;
    }
}
