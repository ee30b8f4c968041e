namespace Evently.Booking.Contracts;

/// <summary>A confirmed booking was cancelled and its seats are free again; its refund is under way.</summary>
/// <param name="Refund">Minor units.</param>
public sealed record BookingCancelled(
    string BookingId,
    string EventId,
    string UserId,
    IReadOnlyList<BookedSeat> Seats,
    long Refund,
    string Currency,
    DateTimeOffset ConfirmedAt,
    DateTimeOffset CancelledAt);
