namespace Evently.Events.Contracts;

/// <summary>The event will not take place: no new holds, every booking is cancelled and refunded.</summary>
public sealed record EventCancelled(string EventId, DateTimeOffset CancelledAt, string CancelledBy);
