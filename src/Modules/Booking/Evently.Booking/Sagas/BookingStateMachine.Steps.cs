using Evently.Booking.Contracts;
using Evently.Booking.Holds;
using Evently.Booking.Support;
using MassTransit;

namespace Evently.Booking.Sagas;

/// <summary>The steps of the transition table: ledger first, then what the instance decides, then what others hear of it.</summary>
internal sealed partial class BookingStateMachine
{
    private readonly BookingSeats _seats;
    private readonly BookingListing _listing;
    private readonly HoldMetrics _metrics;
    private readonly TimeProvider _time;

    private DateTimeOffset Now => _time.GetUtcNow();

    private bool MayTryAgain(BehaviorContext<BookingSaga, ConfirmRequested> context) => context.Saga.MayTryAgain;

    private bool IsDue(BehaviorContext<BookingSaga> context) => context.Saga.IsDue(Now);

    private bool PaymentIsOutOfTime(BehaviorContext<BookingSaga> context) => context.Saga.IsPaymentOutOfTime(Now);

    private bool EventIsWithdrawn(BehaviorContext<BookingSaga> context) => context.Saga.EventWithdrawn;

    private bool IsSettledAsUnpaid(BehaviorContext<BookingSaga, PaymentUnresolved> context) =>
        context.Saga.IsSettledAsUnpaid(context.Message.Reason, Now);

    private bool IsCurrentAttempt(BehaviorContext<BookingSaga, PaymentDeclined> context) => IsCurrent(context.Saga, context.Message.Attempt);

    private bool IsCurrentAttempt(BehaviorContext<BookingSaga, PaymentUnresolved> context) => IsCurrent(context.Saga, context.Message.Attempt);

    private static bool IsCurrent(BookingSaga saga, int attempt) => saga.CurrentAttempt?.Number == attempt;

    /// <summary>A hold that lasts long enough needs no write: its seats carry it until then.</summary>
    private async Task<bool> SeatsAreProtected(BehaviorContext<BookingSaga, ConfirmRequested> context)
    {
        var saga = context.Saga;
        var until = saga.ProtectionFrom(Now);
        return until == saga.ExpiresAt || await _seats.TryProtectAsync(saga, until, context.CancellationToken);
    }

    private async Task<bool> SeatsAreBooked(BehaviorContext<BookingSaga, PaymentCaptured> context)
    {
        context.Saga.NoteCaptured(context.Message.Attempt, Now);
        return !context.Saga.EventWithdrawn && await _seats.TryBookAsync(context.Saga, context.CancellationToken);
    }

    private async Task StartCharge(BehaviorContext<BookingSaga, ConfirmRequested> context)
    {
        var attempt = context.Saga.BeginAttempt(context.Message.Method, context.Message.By, Now);
        if (attempt.Number == 1)
            await _listing.AddAsync(context.Saga, context.CancellationToken);
        await context.Publish(new ChargePayment(context.Saga.CorrelationId, attempt.Number));
    }

    private async Task DriveAgain(BehaviorContext<BookingSaga> context)
    {
        context.Saga.DriveAgain(Now);
        await LookUp(context);
    }

    private async Task GiveUpSeats(BehaviorContext<BookingSaga> context)
    {
        context.Saga.GiveUpSeats(Now);
        await LookUp(context);
    }

    private static Task LookUp(BehaviorContext<BookingSaga> context) => context.Saga.CurrentAttempt is { } attempt
        ? context.Publish(new LookUpPayment(context.Saga.CorrelationId, attempt.Number))
        : Task.CompletedTask;

    /// <summary>The seats' hold ends now instead of later. Unlike a release this can't undo a booking that another step has just made.</summary>
    private async Task LetSeatsLapse(BehaviorContext<BookingSaga> context) =>
        await _seats.TryProtectAsync(context.Saga, Now, context.CancellationToken);

    private void NoteUnresolved(BehaviorContext<BookingSaga, PaymentUnresolved> context) =>
        context.Saga.NoteUnresolved(context.Message.Attempt, context.Message.Reason, context.Message.Detail, Now);

    private void NoteNotCharged(BehaviorContext<BookingSaga, PaymentUnresolved> context) => context.Saga.NoteNotCharged(context.Message.Attempt, Now);

    private void NoteDeclined(BehaviorContext<BookingSaga, PaymentDeclined> context) =>
        context.Saga.NoteDeclined(context.Message.Attempt, context.Message.Detail, Now);

    /// <summary>Protection beyond the hold's own end goes with the attempt that needed it.</summary>
    private async Task ReturnToHold(BehaviorContext<BookingSaga> context)
    {
        if (context.Saga.SeatsUntil > context.Saga.ExpiresAt)
            await _seats.TryProtectAsync(context.Saga, context.Saga.ExpiresAt, context.CancellationToken);
        context.Saga.ReturnToHold();
    }

    private static void Withdraw(BehaviorContext<BookingSaga> context) => context.Saga.EventWithdrawn = true;

    private Task Confirm(BehaviorContext<BookingSaga> context) => context.Publish(context.Saga.Confirm(Now));

    private Task EndExpired(BehaviorContext<BookingSaga> context)
    {
        _metrics.Expired();
        return EndHold(context, HoldOutcome.Expired);
    }

    private Task EndCancelled(BehaviorContext<BookingSaga> context) => EndHold(context, HoldOutcome.Cancelled);

    private async Task RefundLateMoney(BehaviorContext<BookingSaga, PaymentCaptured> context)
    {
        context.Saga.NoteCaptured(context.Message.Attempt, Now);
        await EndHold(context, context.Saga.EventWithdrawn ? HoldOutcome.Cancelled : HoldOutcome.Expired);
        context.Saga.RequestRefund(Now);
        await FreeSeatsAgain(context);
    }

    private Task CancelOnRequest(BehaviorContext<BookingSaga, BookingCancelRequested> context) => CancelBooking(context, context.Message.Request);

    private Task CancelWithEvent(BehaviorContext<BookingSaga> context) => CancelBooking(context, request: null);

    private async Task CancelBooking(BehaviorContext<BookingSaga> context, string? request)
    {
        await context.Publish(context.Saga.CancelBooking(request, Now));
        await FreeSeatsAgain(context);
    }

    private void PostponeRefund(BehaviorContext<BookingSaga, RefundFailed> context) => context.Saga.NoteRefundFailed(context.Message.Detail, Now);

    private async Task DriveRefundAgain(BehaviorContext<BookingSaga> context)
    {
        context.Saga.DriveRefundAgain(Now);
        await FreeSeatsAgain(context);
    }

    private Task CompleteRefund(BehaviorContext<BookingSaga> context) => context.Publish(context.Saga.CompleteRefund(Now));

    /// <summary>
    /// The refund's driver frees the seats before it gives money back. A step that lost its race may have booked them again just before its
    /// commit was refused, so a late report of the charge frees them once more.
    /// </summary>
    private static Task FreeSeatsAgain(BehaviorContext<BookingSaga> context) => context.Publish(new RefundPayment(context.Saga.CorrelationId));

    private async Task EndHold(BehaviorContext<BookingSaga> context, HoldOutcome outcome)
    {
        if (context.Saga.EndHold(outcome, Now) is { } ended)
            await context.Publish(ended);
    }
}
