namespace Evently.Shared.Messaging.Hosting;

/// <summary>The message that is being handled, as the unit of work needs to know it.</summary>
internal sealed record Delivery(Guid MessageId, Guid? ConversationId, string? Group);

/// <summary>Travels as a payload through MassTransit's pipeline, so that the filter finds the module's unit of work.</summary>
internal sealed record DeliveryTarget(Func<IServiceProvider, PendingCommit> PendingOf, string? Group);
