namespace Evently.Booking.Catalog;

/// <summary>What Booking keeps of an event: its terms of sale and its seat plan. The plan and the prices never change.</summary>
internal sealed record OnSaleEvent(
    string EventId,
    string OrganizerId,
    string Name,
    string Currency,
    IReadOnlyDictionary<string, long> Prices,
    DateTimeOffset? SalesOpenAt,
    TimeSpan HoldDuration,
    int MaxSeatsPerBooking,
    bool IsCancelled,
    SeatPlan Plan);
