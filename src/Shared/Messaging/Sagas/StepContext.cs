using System.Diagnostics.CodeAnalysis;
using System.Net.Mime;
using MassTransit;
using MassTransit.Context;

namespace Evently.Shared.Messaging.Sagas;

/// <summary>
/// A message inside this process as MassTransit's state machine wants to see it, with no transport and no pipeline behind it. What a step has to say goes
/// into its commit (<see cref="CommitContext"/>); publishing past it throws.
/// </summary>
internal sealed class StepContext<TSaga, TMessage>(TSaga saga, TMessage message, Guid messageId, PendingCommit commit, CancellationToken cancellationToken)
    : BaseConsumeContext(NoTransport.Instance, null!), SagaConsumeContext<TSaga, TMessage>
    where TSaga : class, ISaga
    where TMessage : class
{
    public TSaga Saga => saga;

    public TMessage Message => message;

    /// <summary>Finished instances stay, so that a late message finds that all is done.</summary>
    public bool IsCompleted => false;

    public override CancellationToken CancellationToken => cancellationToken;

    public override Guid? MessageId => messageId;

    public override Guid? CorrelationId => saga.CorrelationId;

    public override Guid? ConversationId => null;

    public override Guid? InitiatorId => null;

    public override Guid? RequestId => null;

    public override DateTime? ExpirationTime => null;

    public override DateTime? SentTime => null;

    public override Uri SourceAddress => null!;

    public override Uri DestinationAddress => null!;

    public override Uri ResponseAddress => null!;

    public override Uri FaultAddress => null!;

    public override Headers Headers => MassTransit.Serialization.EmptyHeaders.Instance;

    public override HostInfo Host => MassTransit.Metadata.HostMetadataCache.Empty;

    public override Task ConsumeCompleted => Task.CompletedTask;

    public override IEnumerable<string> SupportedMessageTypes => [Envelope.TypeUrn(typeof(TMessage))];

    public override bool HasMessageType(Type messageType) => messageType.IsInstanceOfType(message);

    public override bool TryGetMessage<T>([NotNullWhen(true)] out ConsumeContext<T>? consumeContext)
    {
        consumeContext = this as ConsumeContext<T>;
        return consumeContext is not null;
    }

    public override bool HasPayloadType(Type payloadType) => payloadType.IsInstanceOfType(commit) || payloadType.IsInstanceOfType(this);

    public override bool TryGetPayload<T>([NotNullWhen(true)] out T? payload)
        where T : class
    {
        payload = commit as T ?? this as T;
        return payload is not null;
    }

    public override T GetOrAddPayload<T>(PayloadFactory<T> payloadFactory) => TryGetPayload<T>(out var payload) ? payload : payloadFactory();

    public override T AddOrUpdatePayload<T>(PayloadFactory<T> addFactory, UpdatePayloadFactory<T> updateFactory) => addFactory();

    public override void AddConsumeTask(Task task) => throw NoTransport.Refusal;

    public override Task NotifyConsumed<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType) => Task.CompletedTask;

    public override Task NotifyFaulted<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception) => Task.CompletedTask;

    public Task NotifyConsumed(TimeSpan duration, string consumerType) => Task.CompletedTask;

    public Task NotifyFaulted(TimeSpan duration, string consumerType, Exception exception) => Task.CompletedTask;

    public Task SetCompleted() => Task.CompletedTask;
}

/// <summary>Stands where a message from a queue has its transport.</summary>
internal sealed class NoTransport : ReceiveContext, IPublishEndpointProvider, ISendEndpointProvider
{
    public static readonly NoTransport Instance = new();

    public static NotSupportedException Refusal => new("A step that was taken inside the process sends nothing past its commit; add the message to that.");

    public TimeSpan ElapsedTime => TimeSpan.Zero;

    public Uri InputAddress => null!;

    public ContentType ContentType => null!;

    public bool Redelivered => false;

    public Headers TransportHeaders => MassTransit.Serialization.EmptyHeaders.Instance;

    public Task ReceiveCompleted => Task.CompletedTask;

    public bool IsDelivered => true;

    public bool IsFaulted => false;

    public ISendEndpointProvider SendEndpointProvider => this;

    public IPublishEndpointProvider PublishEndpointProvider => this;

    public bool PublishFaults => false;

    public MessageBody Body => throw Refusal;

    public CancellationToken CancellationToken => CancellationToken.None;

    public Task<ISendEndpoint> GetPublishSendEndpoint<T>()
        where T : class => throw Refusal;

    public Task<ISendEndpoint> GetSendEndpoint(Uri address) => throw Refusal;

    public ConnectHandle ConnectPublishObserver(IPublishObserver observer) => throw Refusal;

    public ConnectHandle ConnectSendObserver(ISendObserver observer) => throw Refusal;

    public Task NotifyConsumed<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
        where T : class => Task.CompletedTask;

    public Task NotifyFaulted<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
        where T : class => Task.CompletedTask;

    public Task NotifyFaulted(Exception exception) => Task.CompletedTask;

    public void AddReceiveTask(Task task) => throw Refusal;

    public bool HasPayloadType(Type payloadType) => false;

    public bool TryGetPayload<T>([NotNullWhen(true)] out T? payload)
        where T : class
    {
        payload = null;
        return false;
    }

    public T GetOrAddPayload<T>(PayloadFactory<T> payloadFactory)
        where T : class => payloadFactory();

    public T AddOrUpdatePayload<T>(PayloadFactory<T> addFactory, UpdatePayloadFactory<T> updateFactory)
        where T : class => addFactory();
}
