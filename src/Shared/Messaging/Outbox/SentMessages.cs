using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Shared.Messaging.Outbox;

/// <summary>
/// What left the outbox of one module, kept for as long as a queue may hold it. When the table is restored to an earlier moment, the queues can't be: what
/// they held then, and what was handled since, is sent again from here. A batch is one item, compressed, under <c>{PREFIX}SENT#{hour}#{shard}</c>.
/// </summary>
internal sealed class SentMessages(ModuleTable table, IdGenerator ids, TimeProvider time)
{
    /// <summary>As long as SQS keeps a message or a dead letter.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(14);

    private static readonly TimeSpan ClocksApart = TimeSpan.FromHours(1);

    private const int Shards = 8;
    private const string Packed = "packed";

    /// <summary>Before compression; an item has at most 400 KB, a message 240.</summary>
    private const int BatchBytes = 300 * 1024;

    public async ValueTask KeepAsync(IReadOnlyList<OutgoingMessage> messages, CancellationToken cancellationToken)
    {
        var writes = Batches(messages).Select(Insert).ToList();
        if (writes.Count == 1)
            await table.WriteAsync(writes[0], cancellationToken);
        else if (writes.Count > 1)
            await table.WriteManyAsync(writes, cancellationToken);
    }

    /// <summary>What was sent in a stretch of time, both ends included, in the order of the batches.</summary>
    public async IAsyncEnumerable<OutgoingMessage> ReadAsync(DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Outside of these nothing can be found: the clock of whoever sent may have been a little ahead.
        var (earliest, latest) = (time.GetUtcNow() - Kept - ClocksApart, time.GetUtcNow() + ClocksApart);
        var last = to < latest ? to : latest;
        for (var hour = HourOf(from > earliest ? from : earliest); hour <= last; hour = hour.AddHours(1))
        {
            for (var shard = 0; shard < Shards; shard++)
            {
                await foreach (var item in table.ScanPartitionAsync(PartitionOf(hour, shard), SortRange.All, Consistency.Strong, cancellationToken))
                {
                    if (Ulid.TryParse(item.Key.Sort, out var batch) && batch.Time >= from && batch.Time <= to)
                    {
                        foreach (var message in Read(item))
                            yield return message;
                    }
                }
            }
        }
    }

    private static IEnumerable<List<OutgoingMessage>> Batches(IReadOnlyList<OutgoingMessage> messages)
    {
        List<OutgoingMessage> batch = [];
        var bytes = 0;
        foreach (var message in messages)
        {
            var size = System.Text.Encoding.UTF8.GetByteCount(message.Body);
            if (batch.Count > 0 && bytes + size > BatchBytes)
            {
                yield return batch;
                (batch, bytes) = ([], 0);
            }

            batch.Add(message);
            bytes += size;
        }

        if (batch.Count > 0)
            yield return batch;
    }

    private Write Insert(List<OutgoingMessage> batch)
    {
        var id = ids.Next();
        var document = batch.ConvertAll(SentMessage.Of);
        return Write.Put(
            new ItemKey(PartitionOf(HourOf(id.Time), (int)(id.Bits % Shards)), id.ToString()),
            new Dictionary<string, Value>
            {
                [Packed] = PackedBytes.Pack(JsonSerializer.SerializeToUtf8Bytes(document, SentJson.Default.ListSentMessage)),
                [WellKnown.TimeToLive] = (time.GetUtcNow() + Kept).ToUnixTimeSeconds(),
            },
            Condition.Always);
    }

    private static IEnumerable<OutgoingMessage> Read(Item item)
    {
        using var json = PackedBytes.Open(item[Packed].Binary);
        foreach (var message in JsonSerializer.Deserialize(json, SentJson.Default.ListSentMessage) ?? [])
        {
            if (message.ToOutgoing() is { } outgoing)
                yield return outgoing;
        }
    }

    private string PartitionOf(DateTimeOffset hour, int shard) => string.Create(CultureInfo.InvariantCulture, $"{table.Prefix}SENT#{hour:yyyyMMddHH}#{shard}");

    private static DateTimeOffset HourOf(DateTimeOffset time) => new(time.UtcDateTime.Date.AddHours(time.UtcDateTime.Hour), TimeSpan.Zero);
}

/// <summary>As it is kept: names are short and never change.</summary>
internal sealed record SentMessage(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("to")] IReadOnlyList<string> Queues,
    [property: JsonPropertyName("group")] string Group,
    [property: JsonPropertyName("body")] string Body,
    [property: JsonPropertyName("trace")] string? TraceParent)
{
    public static SentMessage Of(OutgoingMessage message) =>
        new(message.Id.ToString(), message.Type, message.Queues, message.Group, message.Body, message.TraceParent);

    /// <summary>Null when its id is none.</summary>
    public OutgoingMessage? ToOutgoing() => Ulid.TryParse(Id, out var id) ? new OutgoingMessage(id, Type, Queues, Group, Body, TraceParent) : null;
}

[JsonSerializable(typeof(List<SentMessage>))]
internal sealed partial class SentJson : JsonSerializerContext;
