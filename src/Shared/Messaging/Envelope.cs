using System.Text.Json;
using Evently.Shared.Ids;
using MassTransit;
using MassTransit.Serialization;

namespace Evently.Shared.Messaging;

/// <summary>Writes MassTransit's JSON envelope: what the consumer's side needs of it and nothing more.</summary>
internal static class Envelope
{
    public const string ContentType = "application/vnd.masstransit+json";

    /// <param name="conversation">The message that began the chain; null when this one does.</param>
    public static string Write(Ulid id, Guid? conversation, Guid? initiator, object message, DateTimeOffset sentAt)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = SystemTextJsonMessageSerializer.Options.Encoder }))
        {
            var messageId = id.ToGuid();
            json.WriteStartObject();
            json.WriteString("messageId", messageId);
            json.WriteString("conversationId", conversation ?? messageId);
            if (initiator is { } by)
                json.WriteString("initiatorId", by);
            json.WriteStartArray("messageType");
            json.WriteStringValue(TypeUrn(message.GetType()));
            json.WriteEndArray();
            json.WritePropertyName("message");
            JsonSerializer.Serialize(json, message, message.GetType(), SystemTextJsonMessageSerializer.Options);
            json.WriteString("sentTime", sentAt.UtcDateTime);
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static string TypeUrn(Type messageType) => MessageUrn.ForTypeString(messageType);
}
