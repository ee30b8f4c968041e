namespace Evently.Booking.Contracts;

/// <summary>A payment that was told of by <see cref="PaymentPending"/> was declined after all; its seats are held as before, and another may be tried.</summary>
public sealed record PendingPaymentDeclined(string BookingId, string UserId, int Attempt, DateTimeOffset DeclinedAt);
