using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Evently.Shared.Ids;

namespace Evently.Shared.Messaging.Outbox;

/// <summary>Messages as JSON inside an item that keeps them: bodies, which are JSON, as they are, since escaped quotes would cost a tenth of the item.</summary>
internal static class KeptMessages
{
    private const string Id = "id";
    private const string Type = "type";
    private const string Queues = "to";
    private const string Group = "group";
    private const string TraceParent = "trace";
    private const string Body = "body";

    public static byte[] Write(IReadOnlyList<OutgoingMessage> messages)
    {
        var buffer = new ArrayBufferWriter<byte>(1_024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var message in messages)
                Write(json, message);
            json.WriteEndArray();
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static IReadOnlyList<OutgoingMessage> Read(ReadOnlyMemory<byte> kept)
    {
        using var json = JsonDocument.Parse(kept);
        return [.. json.RootElement.EnumerateArray().Select(Read)];
    }

    private static void Write(Utf8JsonWriter json, OutgoingMessage message)
    {
        json.WriteStartObject();
        json.WriteString(Id, message.Id.ToString());
        json.WriteString(Type, message.Type);
        json.WriteStartArray(Queues);
        foreach (var queue in message.Queues)
            json.WriteStringValue(queue);
        json.WriteEndArray();
        json.WriteString(Group, message.Group);
        if (message.TraceParent is not null)
            json.WriteString(TraceParent, message.TraceParent);
        json.WritePropertyName(Body);
        json.WriteRawValue(message.Body);
        json.WriteEndObject();
    }

    private static OutgoingMessage Read(JsonElement message) => new(
        Ulid.TryParse(message.GetProperty(Id).GetString(), out var id) ? id : throw new JsonException("A kept message has no id."),
        message.GetProperty(Type).GetString() ?? "",
        [.. message.GetProperty(Queues).EnumerateArray().Select(queue => queue.GetString() ?? "")],
        message.GetProperty(Group).GetString() ?? "",
        Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(message.GetProperty(Body))),
        message.TryGetProperty(TraceParent, out var trace) ? trace.GetString() : null);
}
