using Evently.Events.Contracts;
using Evently.Shared.Messaging;
using Evently.Venues.Contracts;
using MassTransit;

namespace Evently.Venues;

/// <summary>Tells Events what an event of this venue would sell now. The venue's own row says it all, so this is one read.</summary>
internal sealed class AnswerSeatPlan(VenueStore venues, UnitOfWork<VenuesModule> unitOfWork) : IConsumer<SeatPlanRequested>
{
    public async Task Consume(ConsumeContext<SeatPlanRequested> context)
    {
        var (eventId, venueId) = context.Message;
        var venue = await venues.FindAsync(venueId, context.CancellationToken);
        unitOfWork.Publish(venue is null ? NotFound(eventId, venueId) : Answer(eventId, venue), eventId);
    }

    private static SeatPlanAnswered Answer(string eventId, Venue venue) => new(
        eventId,
        venue.VenueId,
        Found: true,
        venue.Name,
        venue.City,
        venue.TimeZone,
        venue.PlanVersion,
        venue.SeatTypes,
        [.. venue.SeatTypes.Zip(venue.SeatCounts, (type, count) => new SeatTypeCount(type, count)).Where(count => count.Count > 0)]);

    private static SeatPlanAnswered NotFound(string eventId, string venueId) =>
        new(eventId, venueId, Found: false, VenueName: "", City: "", TimeZone: "", PlanVersion: 0, SeatTypes: [], Seats: []);
}
