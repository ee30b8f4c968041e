namespace Evently.Booking.Contracts;

/// <summary>A payment that was told of by <see cref="PaymentPending"/> was declined after all. Its seats are held as before, unless <see cref="HoldEnded"/> says otherwise.</summary>
public sealed record PendingPaymentDeclined(string BookingId, string UserId, int Attempt, DateTimeOffset DeclinedAt);
