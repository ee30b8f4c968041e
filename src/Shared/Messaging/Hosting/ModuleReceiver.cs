using System.Runtime.ExceptionServices;
using System.Text;
using MassTransit;
using MassTransit.Configuration;
using MassTransit.Logging;
using MassTransit.Transports;

namespace Evently.Shared.Messaging.Hosting;

/// <summary>
/// MassTransit's pipeline for one module: all its consumers and sagas behind one dispatcher. It rethrows faults and refuses messages that nobody
/// handles, so that whoever received the message decides on retry.
/// </summary>
internal sealed class ModuleReceiver(
    ModuleIdentity module,
    IReadOnlyList<Action<IReceiveEndpointConfigurator, IBusRegistrationContext>> handlers,
    Func<IServiceProvider, PendingCommit> pendingOf,
    Func<(IBusRegistrationContext Registration, IBusInstance Bus)> massTransit)
{
    private const string ContentTypeHeader = "Content-Type";
    private readonly Lazy<IReceiveEndpointDispatcher> _dispatcher = new(() => Build(module, handlers, massTransit()));

    /// <summary>Builds the pipeline now rather than with the first message.</summary>
    public void Prepare() => _ = _dispatcher.Value;

    public Task HandleAsync(QueueMessage message, int receiveCount, CancellationToken cancellationToken)
    {
        var headers = Headers(Envelope.ContentType, message.TraceParent);
        headers["DeliveryCount"] = receiveCount;
        return DispatchAsync(Encoding.UTF8.GetBytes(message.Body), headers, cancellationToken, new DeliveryTarget(pendingOf, message.Group));
    }

    /// <summary>Throws what the handler threw, without the state machine's wrappings.</summary>
    private async Task DispatchAsync(byte[] body, Dictionary<string, object> headers, CancellationToken cancellationToken, params object[] payloads)
    {
        try
        {
            await _dispatcher.Value.Dispatch(body, headers, cancellationToken, payloads);
        }
        catch (EventExecutionException exception)
        {
            Exception cause = exception;
            while (cause is EventExecutionException { InnerException: { } inner })
                cause = inner;
            ExceptionDispatchInfo.Throw(cause);
        }
    }

    private static Dictionary<string, object> Headers(string contentType, string? traceParent)
    {
        var headers = new Dictionary<string, object>(3, StringComparer.Ordinal) { [ContentTypeHeader] = contentType };
        if (traceParent is not null)
            headers[DiagnosticHeaders.ActivityId] = traceParent;
        return headers;
    }

    private static ReceiveEndpointDispatcher Build(
        ModuleIdentity module,
        IReadOnlyList<Action<IReceiveEndpointConfigurator, IBusRegistrationContext>> handlers,
        (IBusRegistrationContext Registration, IBusInstance Bus) massTransit)
    {
        // IReceiveEndpointDispatcherFactory would put the consumers of all modules on its first receiver.
        var endpoint = massTransit.Bus.HostConfiguration.CreateReceiveEndpointConfiguration(module.QueueName, configurator =>
        {
            configurator.ThrowOnSkippedMessages();
            configurator.RethrowFaultedMessages();
            configurator.PublishFaults = false;
            configurator.ConfigureConsumeTopology = false;
            configurator.UseConsumeFilter(typeof(UnitOfWorkFilter<>), massTransit.Registration);
            foreach (var handler in handlers)
                handler(configurator, massTransit.Registration);
        });
        endpoint.Validate().ThrowIfContainsFailure($"The consumers of {module.Name} can't be configured:");
        return new ReceiveEndpointDispatcher(endpoint.CreateReceiveEndpointContext());
    }
}
