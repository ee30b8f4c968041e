namespace Evently.Events.Contracts;

/// <summary>An event exists and sells the seats of its venue's plan of that version. Prices and limits never change afterwards.</summary>
/// <param name="Prices">Price of each seat type in minor units of <paramref name="Currency"/>.</param>
/// <param name="HoldSeconds">How long a hold lasts; null for the system's default.</param>
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
    DateTimeOffset CreatedAt);
