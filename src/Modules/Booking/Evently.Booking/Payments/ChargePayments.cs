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
    /// <summary>Older than this, an attempt is looked at again before it is charged: it may have been given up meanwhile.</summary>
    private static readonly TimeSpan JustBegun = TimeSpan.FromSeconds(1);

    public async Task HandleAsync(ChargePayment message, CancellationToken cancellationToken)
    {
        var charge = message.Charge;
        if (time.GetUtcNow() - message.BegunAt > JustBegun
            && (await OpenAttemptAsync(charge.CorrelationId, charge.Attempt, cancellationToken))?.State != nameof(BookingStateMachine.Charging))
            return;
        var answer = await IsWithdrawnAsync(charge, cancellationToken)
            ? await VoidAsync(charge, cancellationToken)
            : await ChargeAsync(charge, cancellationToken);
        await ReportAsync(charge, answer, cancellationToken);
    }

    public async Task HandleAsync(LookUpPayment message, CancellationToken cancellationToken)
    {
        if (await OpenAttemptAsync(message.CorrelationId, message.Attempt, cancellationToken) is not { CurrentAttempt: { } attempt } saga)
            return;
        var charge = OpenCharge.Of(saga, attempt);
        var answer = await LookUpAsync(charge, cancellationToken);
        if (answer.Outcome == GatewayOutcome.NotFound)
        {
            var withdrawn = saga.EventWithdrawn || await IsWithdrawnAsync(charge, cancellationToken);
            if (withdrawn || saga.State == nameof(BookingStateMachine.Settling))
                answer = await VoidAsync(charge, cancellationToken);
            else if (MayStillCharge(saga))
                answer = await ChargeAsync(charge, cancellationToken);
        }

        await ReportAsync(charge, answer, cancellationToken);
    }

    /// <summary>Null when the attempt has its outcome already, or the saga waits for none.</summary>
    private async Task<BookingSaga?> OpenAttemptAsync(Guid correlationId, int attempt, CancellationToken cancellationToken) =>
        await sagas.LoadAsync(correlationId, cancellationToken) is { State: nameof(BookingStateMachine.Charging) or nameof(BookingStateMachine.Settling) } saga
        && saga.CurrentAttempt?.Number == attempt ? saga : null;

    /// <summary>
    /// The same key again can't charge twice: it charges what was never asked for because a process died, and gets the first call's outcome otherwise.
    /// Not for seats that are about to be given up.
    /// </summary>
    private bool MayStillCharge(BookingSaga saga) =>
        saga.State == nameof(BookingStateMachine.Charging) && time.GetUtcNow() + PaymentTiming.GatewayTimeout < saga.SeatsUntil;

    /// <summary>Nothing is charged for an event that is known to be cancelled; the saga hears of it, so that its user is told the reason.</summary>
    private async ValueTask<bool> IsWithdrawnAsync(OpenCharge charge, CancellationToken cancellationToken)
    {
        if (!await seats.IsEventCancelledNowAsync(charge.EventId, cancellationToken))
            return false;
        await bus.SendAsync(new CancelForEvent(charge.CorrelationId, charge.UserId), cancellationToken);
        return true;
    }

    /// <summary>
    /// Every call but the first looks at the saga again: what gave up the seats in the meantime settles the money too, and a charge that begins after
    /// that would be one that nobody waits for.
    /// </summary>
    private async Task<GatewayAnswer> ChargeAsync(OpenCharge charge, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        for (var failures = 1; ; failures++)
        {
            var answer = await CallAsync("charge", charge, token => gateway.ChargeAsync(charge.Request, token), cancellationToken);
            if (answer.Outcome == GatewayOutcome.Unknown)
                return await LookUpAsync(charge, cancellationToken);
            if (answer.Outcome != GatewayOutcome.Failed || time.GetElapsedTime(started) >= PaymentTiming.FailureBudget)
                return answer;
            await Task.Delay(PaymentTiming.FailurePause(failures), time, cancellationToken);
            if (await OpenAttemptAsync(charge.CorrelationId, charge.Attempt, cancellationToken) is not { } current || !MayStillCharge(current))
                return answer;
        }
    }

    private Task<GatewayAnswer> LookUpAsync(OpenCharge charge, CancellationToken cancellationToken) =>
        CallAsync("look_up", charge, token => gateway.LookUpAsync(charge.Request.Reference, charge.Request.IdempotencyKey, token), cancellationToken);

    /// <summary>The seats are given up: a charge that was never asked for, because a process died, must not be asked for any more.</summary>
    private Task<GatewayAnswer> VoidAsync(OpenCharge charge, CancellationToken cancellationToken) =>
        CallAsync("void", charge, token => gateway.VoidAsync(charge.Request, token), cancellationToken);

    private Task<GatewayAnswer> CallAsync(string operation, OpenCharge charge, Func<CancellationToken, ValueTask<GatewayAnswer>> call, CancellationToken cancellationToken) =>
        telemetry.CallAsync(operation, charge.Request.Reference, PaymentTiming.GatewayTimeout, time, call, cancellationToken);

    private async Task ReportAsync(OpenCharge charge, GatewayAnswer answer, CancellationToken cancellationToken)
    {
        var (id, attempt) = (charge.CorrelationId, charge.Attempt);
        await (answer.Outcome switch
        {
            GatewayOutcome.Captured => bus.SendAsync(new PaymentCaptured(id, attempt), cancellationToken),
            GatewayOutcome.Declined => bus.SendAsync(new PaymentDeclined(id, attempt, answer.Detail), cancellationToken),
            GatewayOutcome.Unknown => bus.SendAsync(new PaymentUnresolved(id, attempt, Unresolved.NoAnswer, answer.Detail), cancellationToken),
            GatewayOutcome.NotFound => bus.SendAsync(new PaymentUnresolved(id, attempt, Unresolved.NotFound, answer.Detail), cancellationToken),
            GatewayOutcome.Failed => bus.SendAsync(new PaymentUnresolved(id, attempt, Unresolved.Failed, answer.Detail), cancellationToken),
            _ => throw new InvalidOperationException($"The gateway answered {answer.Outcome}."),
        });
        signals.Notify(id);
    }
}
