namespace Evently.Venues.Contracts;

/// <summary>
/// One part of the seat plan that an event sells, sent by Venues when the event was created. The plan is complete when all parts are there;
/// its order is the parts in order and the runs in order within a part. A message is bounded, a plan of 100,000 seats is not small.
/// </summary>
/// <param name="Part">From 0.</param>
/// <param name="Parts">How many parts there are; at least 1, also for a venue without seats.</param>
public sealed record SeatPlanPart(string EventId, string VenueId, int PlanVersion, int Part, int Parts, IReadOnlyList<SeatRun> Runs);

/// <summary>Neighbouring seats of one row and one type: numbers <paramref name="First"/> to <paramref name="Last"/>, both included.</summary>
/// <param name="Section">Empty in a venue without sections.</param>
public sealed record SeatRun(string Section, string Row, int First, int Last, string SeatType);
