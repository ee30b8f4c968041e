using System.Diagnostics.CodeAnalysis;
using System.Net.Mime;
using MassTransit;
using MassTransit.Serialization;

namespace Evently.Shared.Messaging.Local;

/// <summary>
/// Lets a local message enter MassTransit's pipeline as the object that it is: its "deserializer" takes it from the payloads, so that a step
/// inside the process costs no JSON.
/// </summary>
internal sealed class LocalEnvelope : ISerializerFactory, IMessageDeserializer
{
    public const string MediaType = "application/vnd.evently.local";

    public ContentType ContentType { get; } = new(MediaType);

    public IMessageDeserializer CreateDeserializer() => this;

    public IMessageSerializer CreateSerializer() => throw new NotSupportedException("Local messages are not serialized.");

    public ConsumeContext Deserialize(ReceiveContext receiveContext) => receiveContext.TryGetPayload(out Contents? contents)
        ? new BodyConsumeContext(receiveContext, new Context(contents))
        : throw new InvalidOperationException("The local message is missing.");

    public SerializerContext Deserialize(MessageBody body, Headers headers, Uri? destinationAddress = null) => throw new NotSupportedException();

    public MessageBody GetMessageBody(string text) => throw new NotSupportedException();

    public void Probe(ProbeContext context) => context.CreateScope("local");

    internal sealed record Contents(object Message, Guid MessageId);

    private sealed class Context(Contents contents)
        : BaseSerializerContext(SystemTextJsonMessageSerializer.Instance, new Metadata(contents.MessageId), [Envelope.TypeUrn(contents.Message.GetType())])
    {
        public override bool TryGetMessage<T>([NotNullWhen(true)] out T? message)
            where T : class
        {
            message = contents.Message as T;
            return message is not null;
        }

        public override bool TryGetMessage(Type messageType, [NotNullWhen(true)] out object? message)
        {
            message = messageType.IsInstanceOfType(contents.Message) ? contents.Message : null;
            return message is not null;
        }

        public override bool IsSupportedMessageType<T>() => contents.Message is T;

        public override bool IsSupportedMessageType(Type messageType) => messageType.IsInstanceOfType(contents.Message);

        public override IMessageSerializer GetMessageSerializer() => throw new NotSupportedException();

        public override IMessageSerializer GetMessageSerializer<T>(MessageEnvelope envelope, T message) => throw new NotSupportedException();

        public override IMessageSerializer GetMessageSerializer(object message, string[] messageTypes) => throw new NotSupportedException();

        public override Dictionary<string, object> ToDictionary<T>(T? message)
            where T : class => throw new NotSupportedException();
    }

    private sealed class Metadata(Guid messageId) : MessageContext
    {
        public Guid? MessageId { get; } = messageId;

        public Guid? RequestId => null;

        public Guid? CorrelationId => null;

        public Guid? ConversationId => MessageId;

        public Guid? InitiatorId => null;

        public DateTime? ExpirationTime => null;

        public Uri? SourceAddress => null;

        public Uri? DestinationAddress => null;

        public Uri? ResponseAddress => null;

        public Uri? FaultAddress => null;

        public DateTime? SentTime => null;

        public Headers Headers => EmptyHeaders.Instance;

        public HostInfo Host => MassTransit.Metadata.HostMetadataCache.Empty;
    }
}
