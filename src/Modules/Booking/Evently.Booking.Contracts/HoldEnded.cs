namespace Evently.Booking.Contracts;

/// <summary>A hold ended without a booking. With <see cref="BookingConfirmed"/> it accounts for every hold exactly once.</summary>
/// <param name="Payable">True when a payment had been attempted, so that the user's history shows a failed booking.</param>
public sealed record HoldEnded(
    string HoldingId,
    string EventId,
    string UserId,
    IReadOnlyList<BookedSeat> Seats,
    long Total,
    string Currency,
    HoldOutcome Outcome,
    bool Payable,
    DateTimeOffset HeldAt,
    DateTimeOffset EndedAt);

public enum HoldOutcome
{
    /// <summary>Nobody confirmed it in time.</summary>
    Expired,

    /// <summary>Its user, support or the event's cancellation gave it back.</summary>
    Cancelled,
}
