namespace Evently.Booking.Contracts;

/// <summary>A hold was paid and its seats are booked. Published once a booking.</summary>
/// <param name="HeldAt">When the hold was placed; Analytics counts the hold in that minute.</param>
/// <param name="Total">Minor units of <paramref name="Currency"/>.</param>
public sealed record BookingConfirmed(
    string BookingId,
    string HoldingId,
    string EventId,
    string UserId,
    IReadOnlyList<BookedSeat> Seats,
    long Total,
    string Currency,
    DateTimeOffset HeldAt,
    DateTimeOffset ConfirmedAt);

/// <param name="Price">Minor units.</param>
public sealed record BookedSeat(string SeatPosition, string SeatType, long Price);
