namespace Evently.Events.Contracts;

/// <summary>
/// An event exists for everybody (a draft does once it is published) and sells the seats of its venue's plan of that version. Limits never change
/// afterwards; what else may is in <see cref="EventChanged"/>.
/// </summary>
/// <param name="Prices">Price of each seat type in minor units of <paramref name="Currency"/>.</param>
/// <param name="HoldSeconds">How long a hold lasts; null for the system's default.</param>
/// <param name="SalesCloseAt">Null: with the start.</param>
/// <param name="MaxSeatsPerUser">Seats that one person may hold and have booked in all; null for no limit.</param>
/// <param name="Revision">The event's revision that this tells of; 0 from versions that did not say, and then 1.</param>
public sealed record EventCreated(
    string EventId,
    string OrganizerId,
    string VenueId,
    string VenueName,
    string City,
    string TimeZone,
    int PlanVersion,
    int SeatCount,
    string Name,
    DateTimeOffset StartTime,
    int DurationMinutes,
    IReadOnlyList<string> Artists,
    IReadOnlyList<string> Tags,
    string Currency,
    IReadOnlyDictionary<string, long> Prices,
    DateTimeOffset? SalesOpenAt,
    int? HoldSeconds,
    int MaxSeatsPerBooking,
    DateTimeOffset CreatedAt,
    DateTimeOffset? SalesCloseAt = null,
    int? MaxSeatsPerUser = null,
    int Revision = 0);
