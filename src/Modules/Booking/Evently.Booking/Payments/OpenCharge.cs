using Evently.Booking.Sagas;

namespace Evently.Booking.Payments;

/// <summary>An attempt whose outcome is awaited, as whoever asks the gateway needs to know it.</summary>
/// <param name="Attempt">Its number.</param>
internal sealed record OpenCharge(Guid CorrelationId, int Attempt, string EventId, string UserId, ChargeRequest Request)
{
    public static OpenCharge Of(BookingSaga saga, PaymentAttempt attempt) => new(
        saga.CorrelationId,
        attempt.Number,
        saga.EventId,
        saga.UserId,
        new ChargeRequest(saga.BookingId, attempt.Key, saga.Total, saga.Currency, attempt.Method));
}
