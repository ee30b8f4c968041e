namespace Evently.Events.Contracts;

/// <summary>Events asks the venue's owner what an event that is about to be created would sell; answered by <c>SeatPlanAnswered</c>.</summary>
public sealed record SeatPlanRequested(string EventId, string VenueId);
