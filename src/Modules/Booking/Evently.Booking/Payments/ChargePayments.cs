using Evently.Booking.Bookings;
using Evently.Booking.Sagas;
using Evently.Shared.Messaging;

namespace Evently.Booking.Payments;

/// <summary>
/// Asks the gateway for one attempt's money, outside of any transaction, and tells the saga what came of it. The saga's due time drives the attempt
/// again when this process dies in between.
/// </summary>
internal sealed class ChargePayments(
    SagaTable<BookingModule, BookingSaga> sagas,
    BookingSeats seats,
    IPaymentGateway gateway,
    LocalBus<BookingModule> bus,
    BookingSignals signals,
    PaymentTelemetry telemetry,
    TimeProvider time) : ILocalHandler<ChargePayment>, ILocalHandler<LookUpPayment>
{
    public async Task HandleAsync(ChargePayment message, CancellationToken cancellationToken)
    {
        if (await OpenAttemptAsync(message.CorrelationId, message.Attempt, cancellationToken) is not var (saga, attempt)
            || saga.State != nameof(BookingStateMachine.Charging))
            return;
        var answer = await IsWithdrawnAsync(saga, cancellationToken)
            ? await VoidAsync(saga, attempt, cancellationToken)
            : await ChargeAsync(saga, attempt, cancellationToken);
        await ReportAsync(saga, attempt, answer, cancellationToken);
    }

    public async Task HandleAsync(LookUpPayment message, CancellationToken cancellationToken)
    {
        if (await OpenAttemptAsync(message.CorrelationId, message.Attempt, cancellationToken) is not var (saga, attempt))
            return;
        var answer = await LookUpAsync(saga, attempt, cancellationToken);
        if (answer.Outcome == GatewayOutcome.NotFound)
        {
            var withdrawn = await IsWithdrawnAsync(saga, cancellationToken);
            if (withdrawn || saga.State == nameof(BookingStateMachine.Settling))
                answer = await VoidAsync(saga, attempt, cancellationToken);
            else if (MayStillCharge(saga))
                answer = await ChargeAsync(saga, attempt, cancellationToken);
        }

        await ReportAsync(saga, attempt, answer, cancellationToken);
    }

    /// <summary>Null when the attempt has its outcome already, or the saga waits for none.</summary>
    private async Task<(BookingSaga Saga, PaymentAttempt Attempt)?> OpenAttemptAsync(Guid correlationId, int attemptNumber, CancellationToken cancellationToken)
    {
        var saga = await sagas.LoadAsync(correlationId, cancellationToken);
        return saga is { State: nameof(BookingStateMachine.Charging) or nameof(BookingStateMachine.Settling) }
            && saga.CurrentAttempt is { } attempt && attempt.Number == attemptNumber
                ? (saga, attempt)
                : null;
    }

    /// <summary>
    /// The same key again can't charge twice: it charges what was never asked for because a process died, and gets the first call's outcome otherwise.
    /// Not for seats that are about to be given up.
    /// </summary>
    private bool MayStillCharge(BookingSaga saga) =>
        saga.State == nameof(BookingStateMachine.Charging) && time.GetUtcNow() + PaymentTiming.GatewayTimeout < saga.SeatsUntil;

    /// <summary>Nothing is charged for an event that is known to be cancelled; the saga hears of it, so that its user is told the reason.</summary>
    private async ValueTask<bool> IsWithdrawnAsync(BookingSaga saga, CancellationToken cancellationToken)
    {
        if (saga.EventWithdrawn)
            return true;
        if (!await seats.IsEventCancelledNowAsync(saga, cancellationToken))
            return false;
        await bus.SendAsync(new CancelForEvent(saga.CorrelationId, saga.UserId), cancellationToken);
        return true;
    }

    /// <summary>
    /// Every call but the first looks at the saga again: what gave up the seats in the meantime settles the money too, and a charge that begins after
    /// that would be one that nobody waits for.
    /// </summary>
    private async Task<GatewayAnswer> ChargeAsync(BookingSaga saga, PaymentAttempt attempt, CancellationToken cancellationToken)
    {
        var request = RequestOf(saga, attempt);
        var started = time.GetTimestamp();
        for (var failures = 1; ; failures++)
        {
            var answer = await CallAsync("charge", saga, token => gateway.ChargeAsync(request, token), cancellationToken);
            if (answer.Outcome == GatewayOutcome.Unknown)
                return await LookUpAsync(saga, attempt, cancellationToken);
            if (answer.Outcome != GatewayOutcome.Failed || time.GetElapsedTime(started) >= PaymentTiming.FailureBudget)
                return answer;
            await Task.Delay(PaymentTiming.FailurePause(failures), time, cancellationToken);
            if (await OpenAttemptAsync(saga.CorrelationId, attempt.Number, cancellationToken) is not var (current, _) || !MayStillCharge(current))
                return answer;
        }
    }

    private Task<GatewayAnswer> LookUpAsync(BookingSaga saga, PaymentAttempt attempt, CancellationToken cancellationToken) =>
        CallAsync("look_up", saga, token => gateway.LookUpAsync(saga.BookingId, attempt.Key, token), cancellationToken);

    /// <summary>The seats are given up: a charge that was never asked for, because a process died, must not be asked for any more.</summary>
    private Task<GatewayAnswer> VoidAsync(BookingSaga saga, PaymentAttempt attempt, CancellationToken cancellationToken) =>
        CallAsync("void", saga, token => gateway.VoidAsync(RequestOf(saga, attempt), token), cancellationToken);

    private static ChargeRequest RequestOf(BookingSaga saga, PaymentAttempt attempt) =>
        new(saga.BookingId, attempt.Key, saga.Total, saga.Currency, attempt.Method);

    private Task<GatewayAnswer> CallAsync(string operation, BookingSaga saga, Func<CancellationToken, ValueTask<GatewayAnswer>> call, CancellationToken cancellationToken) =>
        telemetry.CallAsync(operation, saga.BookingId, PaymentTiming.GatewayTimeout, time, call, cancellationToken);

    private async Task ReportAsync(BookingSaga saga, PaymentAttempt attempt, GatewayAnswer answer, CancellationToken cancellationToken)
    {
        var id = saga.CorrelationId;
        await (answer.Outcome switch
        {
            GatewayOutcome.Captured => bus.SendAsync(new PaymentCaptured(id, attempt.Number), cancellationToken),
            GatewayOutcome.Declined => bus.SendAsync(new PaymentDeclined(id, attempt.Number, answer.Detail), cancellationToken),
            GatewayOutcome.Unknown => bus.SendAsync(new PaymentUnresolved(id, attempt.Number, Unresolved.NoAnswer, answer.Detail), cancellationToken),
            GatewayOutcome.NotFound => bus.SendAsync(new PaymentUnresolved(id, attempt.Number, Unresolved.NotFound, answer.Detail), cancellationToken),
            GatewayOutcome.Failed => bus.SendAsync(new PaymentUnresolved(id, attempt.Number, Unresolved.Failed, answer.Detail), cancellationToken),
            _ => throw new InvalidOperationException($"The gateway answered {answer.Outcome}."),
        });
        signals.Notify(id);
    }
}
