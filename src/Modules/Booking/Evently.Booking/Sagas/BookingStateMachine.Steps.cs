using Evently.Booking.Contracts;
using Evently.Booking.Holds;
using Evently.Booking.Ledger;
using Evently.Booking.Payments;
using Evently.Booking.Support;
using Evently.Shared.Messaging;
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

    private bool IsFree(BehaviorContext<BookingSaga, ConfirmRequested> context) => context.Saga.IsFree;

    private bool MayPay(BehaviorContext<BookingSaga, ConfirmRequested> context) => !context.Saga.IsFree && context.Saga.MayTryAgain;

    private bool IsDue(BehaviorContext<BookingSaga> context) => context.Saga.IsDue(Now);

    private bool PaymentIsOutOfTime(BehaviorContext<BookingSaga> context) => context.Saga.IsPaymentOutOfTime(Now);

    private bool EventIsWithdrawn(BehaviorContext<BookingSaga> context) => context.Saga.EventWithdrawn;

    private bool IsSettledAsUnpaid(BehaviorContext<BookingSaga, PaymentUnresolved> context) =>
        context.Saga.IsSettledAsUnpaid(context.Message.Reason, Now);

    private bool IsCurrentAttempt(BehaviorContext<BookingSaga, PaymentDeclined> context) => IsCurrent(context.Saga, context.Message.Attempt);

    private bool IsCurrentAttempt(BehaviorContext<BookingSaga, PaymentUnresolved> context) => IsCurrent(context.Saga, context.Message.Attempt);

    private static bool IsCurrent(BookingSaga saga, int attempt) => saga.CurrentAttempt?.Number == attempt;

    /// <summary>
    /// A hold that lasts long enough needs no write: its seats carry it until then. Else they are kept by the very commit that begins the payment, so
    /// that a confirm that loses against the hold's end keeps nothing.
    /// </summary>
    private async Task<bool> SeatsAreProtected(BehaviorContext<BookingSaga, ConfirmRequested> context)
    {
        var saga = context.Saga;
        var until = saga.ProtectionFrom(Now);
        return until == saga.ExpiresAt || Join(context, await _seats.ProtectAsync(saga, until, context.CancellationToken));
    }

    private Task<bool> SeatsAreOurs(BehaviorContext<BookingSaga, ConfirmRequested> context) => BookAsync(context);

    /// <summary>Where a transaction costs double the seats are booked ahead of it: the write is conditional on the very hold and safe to repeat.</summary>
    private async Task<bool> BookAsync(BehaviorContext<BookingSaga> context) => _seats.AreBookedAhead
        ? await _seats.TryBookAsync(context.Saga, context.CancellationToken)
        : Join(context, await _seats.PrepareBookAsync(context.Saga, context.CancellationToken));

    private static bool Join(BehaviorContext<BookingSaga> context, PreparedChange? change)
    {
        if (change is null)
            return false;
        context.AddToCommit(change.Writes, change.Applied);
        return true;
    }

    private async Task<bool> SeatsAreBooked(BehaviorContext<BookingSaga, PaymentCaptured> context)
    {
        var saga = context.Saga;
        saga.NoteCaptured(context.Message.Attempt, Now);
        if (await _seats.IsEventCancelledAsync(saga, context.CancellationToken))
            Withdraw(context);
        return !saga.EventWithdrawn
            && (await BookAsync(context) || Join(context, await _seats.RetakeAsync(saga, context.CancellationToken)));
    }

    private async Task ConfirmFree(BehaviorContext<BookingSaga> context)
    {
        await _listing.AddAsync(context);
        Confirm(context);
    }

    private async Task StartCharge(BehaviorContext<BookingSaga, ConfirmRequested> context)
    {
        var attempt = context.Saga.BeginAttempt(context.Message.Method, context.Message.By, Now);
        if (attempt.Number == 1)
            await _listing.AddAsync(context);
        context.AddToCommit(new ChargePayment(OpenCharge.Of(context.Saga, attempt), attempt.BegunAt));
    }

    private void DriveAgain(BehaviorContext<BookingSaga> context)
    {
        context.Saga.DriveAgain(Now);
        LookUp(context);
    }

    private void GiveUpSeats(BehaviorContext<BookingSaga> context)
    {
        context.Saga.GiveUpSeats(Now);
        LookUp(context);
    }

    private static void LookUp(BehaviorContext<BookingSaga> context)
    {
        if (context.Saga.CurrentAttempt is { } attempt)
            context.AddToCommit(new LookUpPayment(context.Saga.CorrelationId, attempt.Number));
    }

    /// <summary>The seats' hold ends now instead of later. Unlike a release this can't undo a booking that another step has just made.</summary>
    private async Task LetSeatsLapse(BehaviorContext<BookingSaga> context) =>
        Join(context, await _seats.ProtectAsync(context.Saga, Now, context.CancellationToken));

    private void NoteUnresolved(BehaviorContext<BookingSaga, PaymentUnresolved> context)
    {
        if (context.Saga.NoteUnresolved(context.Message.Attempt, context.Message.Reason, context.Message.Detail, Now) is { } pending)
            context.AddToCommit(pending);
    }

    private void NoteNotCharged(BehaviorContext<BookingSaga, PaymentUnresolved> context) => context.Saga.NoteNotCharged(context.Message.Attempt, Now);

    private void NoteDeclined(BehaviorContext<BookingSaga, PaymentDeclined> context)
    {
        if (context.Saga.NoteDeclined(context.Message.Attempt, context.Message.Detail, Now) is { } declined)
            context.AddToCommit(declined);
    }

    /// <summary>Protection beyond the hold's own end goes with the attempt that needed it.</summary>
    private async Task ReturnToHold(BehaviorContext<BookingSaga> context)
    {
        if (context.Saga.SeatsUntil > context.Saga.ExpiresAt)
            Join(context, await _seats.ProtectAsync(context.Saga, context.Saga.ExpiresAt, context.CancellationToken));
        context.Saga.ReturnToHold();
    }

    private static void Withdraw(BehaviorContext<BookingSaga> context) => context.Saga.EventWithdrawn = true;

    private void Confirm(BehaviorContext<BookingSaga> context) => context.AddToCommit(context.Saga.Confirm(Now));

    private void EndExpired(BehaviorContext<BookingSaga> context)
    {
        _metrics.Expired();
        EndHold(context, context.Saga.EventWithdrawn ? HoldOutcome.Cancelled : HoldOutcome.Expired);
    }

    private void EndCancelled(BehaviorContext<BookingSaga> context) => EndHold(context, HoldOutcome.Cancelled);

    private void EndHold(BehaviorContext<BookingSaga> context, HoldOutcome outcome)
    {
        var mayOwnSeats = context.Saga.MayOwnSeats(Now);
        AnnounceEnd(context, outcome);
        if (mayOwnSeats)
            DriveRelease(context);
    }

    private void DriveRelease(BehaviorContext<BookingSaga> context)
    {
        context.Saga.DriveRelease(Now);
        context.AddToCommit(new ReleaseSeats(context.Saga.CorrelationId));
    }

    private static void NoteReleased(BehaviorContext<BookingSaga> context) => context.Saga.SeatsReleased();

    private void RefundLateMoney(BehaviorContext<BookingSaga, PaymentCaptured> context)
    {
        context.Saga.NoteCaptured(context.Message.Attempt, Now);
        AnnounceEnd(context, context.Saga.EventWithdrawn ? HoldOutcome.Cancelled : HoldOutcome.Expired);
        context.Saga.RequestRefund(Now);
        FreeSeatsAgain(context);
    }

    private void CancelOnRequest(BehaviorContext<BookingSaga, BookingCancelRequested> context) => CancelBooking(context, context.Message.Request);

    private void CancelWithEvent(BehaviorContext<BookingSaga> context) => CancelBooking(context, request: null);

    private void CancelBooking(BehaviorContext<BookingSaga> context, string? request)
    {
        context.AddToCommit(context.Saga.CancelBooking(request, Now));
        FreeSeatsAgain(context);
    }

    private void PostponeRefund(BehaviorContext<BookingSaga, RefundFailed> context) => context.Saga.NoteRefundFailed(context.Message.Detail, Now);

    private void DriveRefundAgain(BehaviorContext<BookingSaga> context)
    {
        context.Saga.DriveRefundAgain(Now);
        FreeSeatsAgain(context);
    }

    private void CompleteRefund(BehaviorContext<BookingSaga> context)
    {
        if (context.Saga.CompleteRefund(Now) is { } completed)
            context.AddToCommit(completed);
    }

    /// <summary>The refund's driver frees the seats before it gives money back.</summary>
    private static void FreeSeatsAgain(BehaviorContext<BookingSaga> context) => context.AddToCommit(new RefundPayment(context.Saga.CorrelationId));

    private void AnnounceEnd(BehaviorContext<BookingSaga> context, HoldOutcome outcome)
    {
        if (context.Saga.EndHold(outcome, Now) is { } ended)
            context.AddToCommit(ended);
    }
}
