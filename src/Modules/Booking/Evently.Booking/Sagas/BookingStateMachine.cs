using Evently.Booking.Holds;
using Evently.Booking.Support;
using MassTransit;

namespace Evently.Booking.Sagas;

/// <summary>
/// The life of a holding. Instances begin in <see cref="Held"/>, inserted when the seats were taken. Every message that a state does not act on is
/// ignored by name, because late and repeated messages are normal; a cell of the table that says nothing would be an error.
/// </summary>
internal sealed partial class BookingStateMachine : MassTransitStateMachine<BookingSaga>
{
    public BookingStateMachine(BookingSeats seats, BookingListing listing, HoldMetrics metrics, TimeProvider time)
    {
        _seats = seats;
        _listing = listing;
        _metrics = metrics;
        _time = time;
        InstanceState(saga => saga.State);
        Correlate();

        During(Held,
            When(ConfirmRequested, IsFree).IfElseAsync(SeatsAreOurs,
                ours => ours.ThenAsync(ConfirmFree).MoveTo(Confirmed, time),
                lost => lost.ThenAsync(EndExpired).MoveTo(Expired, time)),
            When(ConfirmRequested, MayPay).IfElseAsync(SeatsAreProtected,
                ours => ours.ThenAsync(StartCharge).MoveTo(Charging, time),
                lost => lost.ThenAsync(EndExpired).MoveTo(Expired, time)),
            When(HoldCancelRequested).ThenAsync(EndCancelled).MoveTo(Cancelled, time),
            When(ReleaseRequested).ThenAsync(EndCancelled).MoveTo(Cancelled, time),
            When(CancelForEvent).Then(Withdraw).ThenAsync(EndCancelled).MoveTo(Cancelled, time),
            When(CancelForErasure).Then(Withdraw).ThenAsync(EndCancelled).MoveTo(Cancelled, time),
            When(BookingDue, IsDue).ThenAsync(EndExpired).MoveTo(Expired, time),
            When(PaymentCaptured).IfElseAsync(SeatsAreBooked,
                booked => booked.ThenAsync(Confirm).MoveTo(Confirmed, time),
                lost => lost.ThenAsync(RefundLateMoney).MoveTo(Refunding, time)),
            Ignore(PaymentDeclined), Ignore(PaymentUnresolved), Ignore(BookingCancelRequested), Ignore(RetryRequested),
            Ignore(RefundSucceeded), Ignore(RefundFailed), Ignore(SeatsReleased));

        During(Charging,
            When(PaymentCaptured).IfElseAsync(SeatsAreBooked,
                booked => booked.ThenAsync(Confirm).MoveTo(Confirmed, time),
                lost => lost.ThenAsync(RefundLateMoney).MoveTo(Refunding, time)),
            When(PaymentDeclined, IsCurrentAttempt).IfElse(EventIsWithdrawn,
                withdrawn => withdrawn.ThenAsync(NoteDeclined).ThenAsync(EndCancelled).MoveTo(Cancelled, time),
                held => held.ThenAsync(NoteDeclined).ThenAsync(ReturnToHold).MoveTo(Held, time)),
            When(PaymentUnresolved, IsCurrentAttempt).ThenAsync(NoteUnresolved),
            When(BookingDue, IsDue).IfElse(PaymentIsOutOfTime,
                late => late.ThenAsync(GiveUpSeats).MoveTo(Settling, time),
                open => open.ThenAsync(DriveAgain)),
            When(RetryRequested).ThenAsync(DriveAgain).Remark(time),
            When(ReleaseRequested).ThenAsync(LetSeatsLapse).ThenAsync(GiveUpSeats).MoveTo(Settling, time),
            When(CancelForEvent).Then(Withdraw).Remark(time),
            When(CancelForErasure).Then(Withdraw).Remark(time),
            Ignore(ConfirmRequested), Ignore(HoldCancelRequested), Ignore(BookingCancelRequested),
            Ignore(RefundSucceeded), Ignore(RefundFailed), Ignore(SeatsReleased));

        // The seats are for sale again; only the money is open.
        During(Settling,
            When(PaymentCaptured).IfElseAsync(SeatsAreBooked,
                retaken => retaken.ThenAsync(Confirm).MoveTo(Confirmed, time),
                lost => lost.ThenAsync(RefundLateMoney).MoveTo(Refunding, time)),
            When(PaymentDeclined, IsCurrentAttempt).ThenAsync(NoteDeclined).ThenAsync(EndExpired).MoveTo(Expired, time),
            When(PaymentUnresolved, IsCurrentAttempt).IfElse(IsSettledAsUnpaid,
                unpaid => unpaid.Then(NoteNotCharged).ThenAsync(EndExpired).MoveTo(Expired, time),
                open => open.ThenAsync(NoteUnresolved)),
            When(BookingDue, IsDue).ThenAsync(DriveAgain),
            When(RetryRequested).ThenAsync(DriveAgain).Remark(time),
            When(CancelForEvent).Then(Withdraw).Remark(time),
            When(CancelForErasure).Then(Withdraw).Remark(time),
            Ignore(ConfirmRequested), Ignore(HoldCancelRequested), Ignore(BookingCancelRequested), Ignore(ReleaseRequested),
            Ignore(RefundSucceeded), Ignore(RefundFailed), Ignore(SeatsReleased));

        // A second report of the same charge is normal: a key is captured once, and no other key was charged.
        During(Confirmed,
            When(BookingCancelRequested).ThenAsync(CancelOnRequest).MoveTo(Cancelling, time),
            When(CancelForEvent).Then(Withdraw).ThenAsync(CancelWithEvent).MoveTo(Cancelling, time),
            When(CancelForErasure).Then(Withdraw).ThenAsync(CancelWithEvent).MoveTo(Cancelling, time),
            Ignore(ConfirmRequested), Ignore(PaymentCaptured), Ignore(PaymentDeclined), Ignore(PaymentUnresolved),
            Ignore(HoldCancelRequested), Ignore(BookingDue), Ignore(RetryRequested), Ignore(ReleaseRequested),
            Ignore(RefundSucceeded), Ignore(RefundFailed), Ignore(SeatsReleased));

        During(Cancelling,
            When(RefundSucceeded).ThenAsync(CompleteRefund).MoveTo(Refunded, time));

        During(Refunding,
            When(RefundSucceeded).ThenAsync(CompleteRefund).MoveTo(Failed, time));

        During([Cancelling, Refunding],
            When(RefundFailed).Then(PostponeRefund),
            When(BookingDue, IsDue).ThenAsync(DriveRefundAgain),
            When(RetryRequested).ThenAsync(DriveRefundAgain).Remark(time),
            When(PaymentCaptured).ThenAsync(FreeSeatsAgain),
            Ignore(ConfirmRequested), Ignore(PaymentDeclined), Ignore(PaymentUnresolved), Ignore(HoldCancelRequested),
            Ignore(BookingCancelRequested), Ignore(CancelForEvent), Ignore(CancelForErasure), Ignore(ReleaseRequested), Ignore(SeatsReleased));

        // Their end was announced, so money that appears now goes back, even if the seats are free.
        During([Expired, Cancelled],
            When(PaymentCaptured).ThenAsync(RefundLateMoney).MoveTo(Refunding, time),
            When(SeatsReleased).Then(NoteReleased),
            When(BookingDue, IsDue).ThenAsync(DriveRelease),
            Ignore(RefundSucceeded), Ignore(RefundFailed));

        During([Refunded, Failed],
            When(PaymentCaptured).ThenAsync(FreeSeatsAgain),
            Ignore(RefundSucceeded), Ignore(RefundFailed), Ignore(SeatsReleased), Ignore(BookingDue));

        During([Expired, Cancelled, Refunded, Failed],
            Ignore(ConfirmRequested), Ignore(PaymentDeclined), Ignore(PaymentUnresolved), Ignore(HoldCancelRequested),
            Ignore(BookingCancelRequested), Ignore(CancelForEvent), Ignore(CancelForErasure), Ignore(RetryRequested),
            When(ReleaseRequested).Remark(time));
    }

    /// <summary>The seats are kept; nothing is being paid.</summary>
    public State Held { get; private set; } = null!;

    /// <summary>A payment is under way or its outcome unknown; the seats are protected.</summary>
    public State Charging { get; private set; } = null!;

    /// <summary>The seats were given up in time while a charge is still unknown.</summary>
    public State Settling { get; private set; } = null!;

    public State Confirmed { get; private set; } = null!;

    /// <summary>A confirmed booking was cancelled; its refund is under way.</summary>
    public State Cancelling { get; private set; } = null!;

    /// <summary>Money came too late for its seats; its refund is under way.</summary>
    public State Refunding { get; private set; } = null!;

    /// <summary>Terminal: the hold ended without money.</summary>
    public State Expired { get; private set; } = null!;

    /// <summary>Terminal: the hold was given back without money.</summary>
    public State Cancelled { get; private set; } = null!;

    /// <summary>Terminal: the booking was cancelled and its money returned.</summary>
    public State Refunded { get; private set; } = null!;

    /// <summary>Terminal: never booked, the late money returned.</summary>
    public State Failed { get; private set; } = null!;

    public Event<ConfirmRequested> ConfirmRequested { get; private set; } = null!;

    public Event<PaymentCaptured> PaymentCaptured { get; private set; } = null!;

    public Event<PaymentDeclined> PaymentDeclined { get; private set; } = null!;

    public Event<PaymentUnresolved> PaymentUnresolved { get; private set; } = null!;

    public Event<HoldCancelRequested> HoldCancelRequested { get; private set; } = null!;

    public Event<BookingCancelRequested> BookingCancelRequested { get; private set; } = null!;

    public Event<CancelForEvent> CancelForEvent { get; private set; } = null!;

    public Event<CancelForErasure> CancelForErasure { get; private set; } = null!;

    public Event<BookingDue> BookingDue { get; private set; } = null!;

    public Event<RefundSucceeded> RefundSucceeded { get; private set; } = null!;

    public Event<RefundFailed> RefundFailed { get; private set; } = null!;

    public Event<RetryRequested> RetryRequested { get; private set; } = null!;

    public Event<ReleaseRequested> ReleaseRequested { get; private set; } = null!;

    public Event<SeatsReleased> SeatsReleased { get; private set; } = null!;

    /// <summary>By the holding's id; a message to an instance that does not exist (its seats freed themselves) has nothing to do.</summary>
    private void Correlate()
    {
        Event(() => ConfirmRequested, x => x.OnMissingInstance(missing => missing.Discard()));
        Event(() => PaymentCaptured, x => x.OnMissingInstance(missing => missing.Discard()));
        Event(() => PaymentDeclined, x => x.OnMissingInstance(missing => missing.Discard()));
        Event(() => PaymentUnresolved, x => x.OnMissingInstance(missing => missing.Discard()));
        Event(() => HoldCancelRequested, x => x.OnMissingInstance(missing => missing.Discard()));
        Event(() => BookingCancelRequested, x => x.OnMissingInstance(missing => missing.Discard()));
        Event(() => CancelForEvent, x => x.OnMissingInstance(missing => missing.Discard()));
        Event(() => CancelForErasure, x => x.OnMissingInstance(missing => missing.Discard()));
        Event(() => BookingDue, x => x.OnMissingInstance(missing => missing.Discard()));
        Event(() => RefundSucceeded, x => x.OnMissingInstance(missing => missing.Discard()));
        Event(() => RefundFailed, x => x.OnMissingInstance(missing => missing.Discard()));
        Event(() => RetryRequested, x => x.OnMissingInstance(missing => missing.Discard()));
        Event(() => ReleaseRequested, x => x.OnMissingInstance(missing => missing.Discard()));
        Event(() => SeatsReleased, x => x.OnMissingInstance(missing => missing.Discard()));
    }
}
