using System.Text.Json.Serialization;
using Evently.Shared.Http;

namespace Evently.Events;

/// <summary>An event as stored, one JSON document.</summary>
/// <param name="Revision">Counts changes; 1 is the creation.</param>
/// <param name="PlanVersion">Which of the venue's seat plans it sells.</param>
/// <param name="Prices">By seat type, in minor units of <paramref name="Currency"/>.</param>
/// <param name="CancelledAt">Null while the event takes place.</param>
/// <param name="SalesCloseAt">Null: with the start.</param>
/// <param name="MaxSeatsPerUser">Null for no limit.</param>
/// <param name="SeatCount">Seats that it sells; 0 when written by versions that did not keep it.</param>
/// <param name="IsDraft">Nobody but its owner and staff sees it, and no other module knows of it.</param>
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
    DateTimeOffset? CancelledAt,
    DateTimeOffset? SalesCloseAt = null,
    int? MaxSeatsPerUser = null,
    bool IsDraft = false,
    int SeatCount = 0)
{
    public bool IsCancelled => CancelledAt is not null;

    [JsonIgnore]
    public DateTimeOffset EndTime => StartTime.AddMinutes(DurationMinutes);

    public EventState StateAt(DateTimeOffset now) => this switch
    {
        { IsCancelled: true } => EventState.Cancelled,
        { IsDraft: true } => EventState.Draft,
        _ when now >= EndTime => EventState.Over,
        _ => EventState.OnSale,
    };

    /// <summary>A draft exists only for its owner and for staff.</summary>
    public bool IsVisibleTo(Caller caller) => !IsDraft || caller.MaySee(OrganizerId);
}

/// <summary>An event as clients see it.</summary>
/// <param name="Duration">Minutes.</param>
/// <param name="SeatTypePrices">Major units of <paramref name="Currency"/>.</param>
/// <param name="SalesCloseAt">When sales end: at the start unless it was set.</param>
/// <param name="MaxSeatsPerUser">Null for no limit.</param>
/// <param name="State"><c>draft</c>, <c>on_sale</c>, <c>cancelled</c> or, after its end, <c>over</c>.</param>
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
    DateTimeOffset SalesCloseAt,
    int HoldSeconds,
    int MaxSeatsPerBooking,
    int? MaxSeatsPerUser,
    EventState State,
    DateTimeOffset CreatedAt)
{
    public static EventResponse From(Event @event, DateTimeOffset now) => new(
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
        @event.SalesCloseAt ?? @event.StartTime,
        @event.HoldSeconds,
        @event.MaxSeatsPerBooking,
        @event.MaxSeatsPerUser,
        @event.StateAt(now),
        @event.CreatedAt);
}

internal enum EventState
{
    Draft,
    OnSale,
    Cancelled,
    Over,
}
