namespace Evently.Booking.Contracts;

/// <summary>The money of a cancelled booking, or of a charge that came too late for its seats, went back. Published once a booking.</summary>
/// <param name="WasConfirmed">False for late money: the booking was never confirmed and its charge never counted as revenue.</param>
public sealed record RefundCompleted(
    string BookingId,
    string EventId,
    string UserId,
    long Amount,
    string Currency,
    bool WasConfirmed,
    DateTimeOffset RefundedAt);
