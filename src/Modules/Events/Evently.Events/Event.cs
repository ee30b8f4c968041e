namespace Evently.Events;

/// <summary>An event as stored, one JSON document.</summary>
/// <param name="Revision">Counts changes; 1 is the creation.</param>
/// <param name="PlanVersion">Which of the venue's seat plans it sells.</param>
/// <param name="Prices">By seat type, in minor units of <paramref name="Currency"/>; never change.</param>
/// <param name="CancelledAt">Null while the event is on sale.</param>
internal sealed record Event(
    string EventId,
    int Revision,
    string OrganizerId,
    string VenueId,
    string VenueName,
    string City,
    string TimeZone,
    int PlanVersion,
    string Name,
    DateTimeOffset StartTime,
    int DurationMinutes,
    IReadOnlyList<string> Artists,
    IReadOnlyList<string> Tags,
    string Description,
    string Currency,
    IReadOnlyDictionary<string, long> Prices,
    DateTimeOffset? SalesOpenAt,
    int HoldSeconds,
    int MaxSeatsPerBooking,
    DateTimeOffset CreatedAt,
    DateTimeOffset? CancelledAt)
{
    public bool IsCancelled => CancelledAt is not null;
}

/// <summary>An event as clients see it.</summary>
/// <param name="Duration">Minutes.</param>
/// <param name="SeatTypePrices">Major units of <paramref name="Currency"/>.</param>
/// <param name="State"><c>on_sale</c> or <c>cancelled</c>.</param>
internal sealed record EventResponse(
    string EventId,
    string VenueId,
    string VenueName,
    string City,
    string TimeZone,
    string Name,
    DateTimeOffset StartTime,
    int Duration,
    IReadOnlyList<string> Artists,
    IReadOnlyList<string> Tags,
    string Description,
    IReadOnlyDictionary<string, decimal> SeatTypePrices,
    string Currency,
    DateTimeOffset? SalesOpenAt,
    int HoldSeconds,
    int MaxSeatsPerBooking,
    EventState State,
    DateTimeOffset CreatedAt)
{
    public static EventResponse From(Event @event) => new(
        @event.EventId,
        @event.VenueId,
        @event.VenueName,
        @event.City,
        @event.TimeZone,
        @event.Name,
        @event.StartTime,
        @event.DurationMinutes,
        @event.Artists,
        @event.Tags,
        @event.Description,
        @event.Prices.ToDictionary(price => price.Key, price => Shared.Money.Currency.ToMajor(price.Value, @event.Currency), StringComparer.Ordinal),
        @event.Currency,
        @event.SalesOpenAt,
        @event.HoldSeconds,
        @event.MaxSeatsPerBooking,
        @event.IsCancelled ? EventState.Cancelled : EventState.OnSale,
        @event.CreatedAt);
}

internal enum EventState
{
    OnSale,
    Cancelled,
}
