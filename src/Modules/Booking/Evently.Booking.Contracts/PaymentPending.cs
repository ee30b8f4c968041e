namespace Evently.Booking.Contracts;

/// <summary>The first call of its gateway brought a payment no outcome. Published once an attempt; most payments never need it.</summary>
/// <param name="Total">Minor units of <paramref name="Currency"/>.</param>
/// <param name="Attempt">Counts a holding's payments, from 1.</param>
/// <param name="BegunAt">When the attempt began.</param>
public sealed record PaymentPending(
    string BookingId,
    string EventId,
    string UserId,
    IReadOnlyList<BookedSeat> Seats,
    long Total,
    string Currency,
    int Attempt,
    DateTimeOffset BegunAt);
