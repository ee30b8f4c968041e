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
                lost => lost.Then(EndExpired).MoveTo(Expired, time)),
            When(ConfirmRequested, MayPay).IfElseAsync(SeatsAreProtected,
                ours => ours.ThenAsync(StartCharge).MoveTo(Charging, time),
                lost => lost.Then(EndExpired).MoveTo(Expired, time)),
            When(HoldCancelRequested).Then(EndCancelled).MoveTo(Cancelled, time),
            When(ReleaseRequested).Then(EndCancelled).MoveTo(Cancelled, time),
            When(CancelForEvent).Then(Withdraw).Then(EndCancelled).MoveTo(Cancelled, time),
            When(CancelForErasure).Then(Withdraw).Then(EndCancelled).MoveTo(Cancelled, time),
            When(BookingDue, IsDue).Then(EndExpired).MoveTo(Expired, time),
            When(PaymentCaptured).IfElseAsync(SeatsAreBooked,
                booked => booked.Then(Confirm).MoveTo(Confirmed, time),
                lost => lost.Then(RefundLateMoney).MoveTo(Refunding, time)),
            Ignore(PaymentDeclined), Ignore(PaymentUnresolved), Ignore(BookingCancelRequested), Ignore(RetryRequested),
            Ignore(RefundSucceeded), Ignore(RefundFailed), Ignore(SeatsReleased));

        During(Charging,
            When(PaymentCaptured).IfElseAsync(SeatsAreBooked,
                booked => booked.Then(Confirm).MoveTo(Confirmed, time),
                lost => lost.Then(RefundLateMoney).MoveTo(Refunding, time)),
            When(PaymentDeclined, IsCurrentAttempt).IfElse(EventIsWithdrawn,
                withdrawn => withdrawn.Then(NoteDeclined).Then(EndCancelled).MoveTo(Cancelled, time),
                held => held.Then(NoteDeclined).ThenAsync(ReturnToHold).MoveTo(Held, time)),
            When(PaymentUnresolved, IsCurrentAttempt).Then(NoteUnresolved),
            When(BookingDue, IsDue).IfElse(PaymentIsOutOfTime,
                late => late.Then(GiveUpSeats).MoveTo(Settling, time),
                open => open.Then(DriveAgain)),
            When(RetryRequested).Then(DriveAgain).Remark(time),
            When(ReleaseRequested).ThenAsync(LetSeatsLapse).Then(GiveUpSeats).MoveTo(Settling, time),
            When(CancelForEvent).Then(Withdraw).Remark(time),
            When(CancelForErasure).Then(Withdraw).Remark(time),
            Ignore(ConfirmRequested), Ignore(HoldCancelRequested), Ignore(BookingCancelRequested),
            Ignore(RefundSucceeded), Ignore(RefundFailed), Ignore(SeatsReleased));

        // The seats are for sale again; only the money is open.
        During(Settling,
            When(PaymentCaptured).IfElseAsync(SeatsAreBooked,
                retaken => retaken.Then(Confirm).MoveTo(Confirmed, time),
                lost => lost.Then(RefundLateMoney).MoveTo(Refunding, time)),
            When(PaymentDeclined, IsCurrentAttempt).Then(NoteDeclined).Then(EndExpired).MoveTo(Expired, time),
            When(PaymentUnresolved, IsCurrentAttempt).IfElse(IsSettledAsUnpaid,
                unpaid => unpaid.Then(NoteNotCharged).Then(EndExpired).MoveTo(Expired, time),
                open => open.Then(NoteUnresolved)),
            When(BookingDue, IsDue).Then(DriveAgain),
            When(RetryRequested).Then(DriveAgain).Remark(time),
            When(CancelForEvent).Then(Withdraw).Remark(time),
            When(CancelForErasure).Then(Withdraw).Remark(time),
            Ignore(ConfirmRequested), Ignore(HoldCancelRequested), Ignore(BookingCancelRequested), Ignore(ReleaseRequested),
            Ignore(RefundSucceeded), Ignore(RefundFailed), Ignore(SeatsReleased));

        // A second report of the same charge is normal: a key is captured once, and no other key was charged.
        During(Confirmed,
            When(BookingCancelRequested).Then(CancelOnRequest).MoveTo(Cancelling, time),
            When(CancelForEvent).Then(Withdraw).Then(CancelWithEvent).MoveTo(Cancelling, time),
            When(CancelForErasure).Then(Withdraw).Then(CancelWithEvent).MoveTo(Cancelling, time),
            Ignore(ConfirmRequested), Ignore(PaymentCaptured), Ignore(PaymentDeclined), Ignore(PaymentUnresolved),
            Ignore(HoldCancelRequested), Ignore(BookingDue), Ignore(RetryRequested), Ignore(ReleaseRequested),
            Ignore(RefundSucceeded), Ignore(RefundFailed), Ignore(SeatsReleased));

        During(Cancelling,
            When(RefundSucceeded).Then(CompleteRefund).MoveTo(Refunded, time));

        During(Refunding,
            When(RefundSucceeded).Then(CompleteRefund).MoveTo(Failed, time));

        During([Cancelling, Refunding],
            When(RefundFailed).Then(PostponeRefund),
            When(BookingDue, IsDue).Then(DriveRefundAgain),
            When(RetryRequested).Then(DriveRefundAgain).Remark(time),
            When(PaymentCaptured).Then(FreeSeatsAgain),
            Ignore(ConfirmRequested), Ignore(PaymentDeclined), Ignore(PaymentUnresolved), Ignore(HoldCancelRequested),
            Ignore(BookingCancelRequested), Ignore(CancelForEvent), Ignore(CancelForErasure), Ignore(ReleaseRequested), Ignore(SeatsReleased));

        // Their end was announced, so money that appears now goes back, even if the seats are free.
        During([Expired, Cancelled],
            When(PaymentCaptured).Then(RefundLateMoney).MoveTo(Refunding, time),
            When(SeatsReleased).Then(NoteReleased),
            When(BookingDue, IsDue).Then(DriveRelease),
            Ignore(RefundSucceeded), Ignore(RefundFailed));

        During([Refunded, Failed],
            When(PaymentCaptured).Then(FreeSeatsAgain),
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
