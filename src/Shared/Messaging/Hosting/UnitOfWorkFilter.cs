using MassTransit;
using MassTransit.Context;
using MassTransit.Middleware;
using MassTransit.Middleware.Outbox;

namespace Evently.Shared.Messaging.Hosting;

/// <summary>
/// Around every message: what the consumers and sagas of the module write and publish is collected and committed at once after all of
/// them returned. The message is acknowledged only then.
/// </summary>
internal sealed class UnitOfWorkFilter<TMessage>(IServiceProvider scope) : IFilter<ConsumeContext<TMessage>>
    where TMessage : class
{
    public async Task Send(ConsumeContext<TMessage> context, IPipe<ConsumeContext<TMessage>> next)
    {
        if (!context.TryGetPayload(out DeliveryTarget? target))
            throw new InvalidOperationException("The message did not come through a module's receiver.");
        var pending = target.PendingOf(scope);
        context.AddOrUpdatePayload(() => pending, _ => pending);
        pending.Enter(new Delivery(context.MessageId ?? Guid.Empty, context.ConversationId, target.Group));
        await next.Send(new CapturingContext(context, pending, scope));
        await pending.CommitAfterHandlingAsync(context.CancellationToken);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("unitOfWork");

    /// <summary>Diverts what is published through MassTransit's own contexts (consumers, saga activities) into the unit of work.</summary>
    private sealed class CapturingContext : ConsumeContextProxy<TMessage>, OutboxSendContext
    {
        private readonly PendingCommit _pending;
        private readonly IServiceProvider _services;

        public CapturingContext(ConsumeContext<TMessage> context, PendingCommit pending, IServiceProvider services)
            : base(context)
        {
            _pending = pending;
            _services = services;
            var receive = new OutboxReceiveContext(this, context.ReceiveContext);
            ReceiveContext = receive;
            PublishEndpointProvider = receive.PublishEndpointProvider;
        }

        public Task AddSend<T>(SendContext<T> context)
            where T : class
        {
            _pending.Publish(context.Message, group: null);
            return Task.CompletedTask;
        }

        public object? GetService(Type serviceType) => _services.GetService(serviceType);
    }
}
