using Evently.Events.Contracts;

namespace Evently.Events;

/// <summary>What others are told of an event.</summary>
internal static class EventMessages
{
    public static EventCreated Created(Event @event) => new(
        @event.EventId,
        @event.OrganizerId,
        @event.VenueId,
        @event.VenueName,
        @event.City,
        @event.TimeZone,
        @event.PlanVersion,
        @event.SeatCount,
        @event.Name,
        @event.StartTime,
        @event.DurationMinutes,
        @event.Artists,
        @event.Tags,
        @event.Currency,
        @event.Prices,
        @event.SalesOpenAt,
        @event.HoldSeconds,
        @event.MaxSeatsPerBooking,
        @event.CreatedAt,
        @event.SalesCloseAt,
        @event.MaxSeatsPerUser,
        @event.Revision);

    public static EventChanged Changed(Event @event) => new(
        @event.EventId,
        @event.Revision,
        @event.Name,
        @event.StartTime,
        @event.DurationMinutes,
        @event.Artists,
        @event.Tags,
        @event.SalesOpenAt,
        @event.SalesCloseAt,
        @event.Prices);
}
