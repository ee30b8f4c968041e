using Evently.Booking.Bookings;
using Evently.Booking.Sagas;
using Evently.Shared.Messaging;

namespace Evently.Booking.Payments;

/// <summary>Frees the seats of a booking that is no longer one, then gives its money back. Safe to repeat: the refund has one key.</summary>
internal sealed class RefundPayments(
    SagaTable<BookingModule, BookingSaga> sagas,
    BookingSeats seats,
    IPaymentGateway gateway,
    LocalBus<BookingModule> bus,
    BookingSignals signals,
    PaymentTelemetry telemetry,
    TimeProvider time) : ILocalHandler<RefundPayment>
{
    public async Task HandleAsync(RefundPayment message, CancellationToken cancellationToken)
    {
        if (await sagas.LoadAsync(message.CorrelationId, cancellationToken) is not { } saga || (saga.Refund is null && saga.CancelledAt is null))
            return;
        await seats.FreeAsync(saga, cancellationToken);
        if (saga.Refund is not { } refund)
        {
            // Nothing was paid.
            await bus.SendAsync(new RefundSucceeded(saga.CorrelationId), cancellationToken);
            return;
        }

        if (refund.State == RefundState.Completed || saga.CapturedAttempt is not { } captured)
            return;

        var request = new RefundRequest(saga.BookingId, refund.Key, captured.Key, refund.Amount, saga.Currency);
        var answer = await telemetry.CallAsync(
            "refund", saga.BookingId, PaymentTiming.GatewayTimeout, time, token => gateway.RefundAsync(request, token), cancellationToken);
        await (answer.Outcome == GatewayOutcome.Captured
            ? bus.SendAsync(new RefundSucceeded(saga.CorrelationId), cancellationToken)
            : bus.SendAsync(new RefundFailed(saga.CorrelationId, answer.Detail), cancellationToken));
        signals.Notify(saga.CorrelationId);
    }
}
