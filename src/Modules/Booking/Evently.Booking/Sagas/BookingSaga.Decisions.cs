using Evently.Booking.Contracts;

namespace Evently.Booking.Sagas;

/// <summary>What each step does to the instance, with the time passed in; no I/O.</summary>
internal sealed partial class BookingSaga
{
    /// <summary>Entries kept: the first few say how it began, the rest how it ended.</summary>
    private const int TimelineEntries = 50;
    private const int TimelineHead = 10;

    /// <summary>The due index counts milliseconds: an instance may be woken that much before its time.</summary>
    private static readonly TimeSpan IndexGrain = TimeSpan.FromMilliseconds(1);

    /// <summary>As clients see the holding.</summary>
    public string HoldingState => State switch
    {
        nameof(BookingStateMachine.Held) => "held",
        nameof(BookingStateMachine.Charging) or nameof(BookingStateMachine.Settling) => "confirming",
        nameof(BookingStateMachine.Confirmed) => "confirmed",
        nameof(BookingStateMachine.Cancelling) or nameof(BookingStateMachine.Refunded) or nameof(BookingStateMachine.Cancelled) => "cancelled",
        _ => EventWithdrawn ? "cancelled" : "expired",
    };

    public bool IsDue(DateTimeOffset now) => DueAt <= now + IndexGrain;

    /// <summary>Until when the ledger has to keep the seats for a payment that begins now.</summary>
    public DateTimeOffset ProtectionFrom(DateTimeOffset now) => Later(ExpiresAt, now + PaymentTiming.Deadline);

    public bool MayTryAgain => Attempts.Count < PaymentTiming.MaxAttempts;

    /// <summary>The seats can't be kept any longer for a payment without an outcome.</summary>
    public bool IsPaymentOutOfTime(DateTimeOffset now) => now + IndexGrain >= SeatsUntil;

    /// <summary>
    /// The gateway knows no charge, and none can appear any more, for the settlement window is over: it is longer than any driver of the attempt lives.
    /// Before that only the gateway's own word ends it, that the key was charged or never will be. Without an answer nothing is concluded, however
    /// long it takes.
    /// </summary>
    public bool IsSettledAsUnpaid(Unresolved reason, DateTimeOffset now) => reason == Unresolved.NotFound && now >= SettleBy;

    public PaymentAttempt BeginAttempt(string method, string by, DateTimeOffset now)
    {
        var number = Attempts.Count + 1;
        var attempt = new PaymentAttempt
        {
            Number = number,
            Key = $"charge-{Holding}-{number}",
            Method = method,
            BegunBy = by,
            BegunAt = now,
        };
        Attempts.Add(attempt);
        ProtectedUntil = ProtectionFrom(now);
        DueAt = Earlier(now + PaymentTiming.DriverPatience, SeatsUntil);
        return attempt;
    }

    /// <summary>Drives an open payment once more; until its answer arrives its driver has some patience.</summary>
    public void DriveAgain(DateTimeOffset now) =>
        DueAt = SettleBy is null ? Earlier(now + PaymentTiming.DriverPatience, SeatsUntil) : now + PaymentTiming.DriverPatience;

    /// <returns>What others hear of it: the first time only.</returns>
    public PaymentPending? NoteUnresolved(int attemptNumber, Unresolved reason, string? detail, DateTimeOffset now)
    {
        if (Find(attemptNumber) is not { } attempt)
            return null;
        attempt.Unresolved++;

        // "Not found" after a failed call confirms the failure; after silence it confirms nothing.
        if (reason != Unresolved.NotFound || attempt.Outcome != AttemptOutcome.Failed)
            Resolve(attempt, reason == Unresolved.Failed ? AttemptOutcome.Failed : AttemptOutcome.Unknown, detail, now);
        var next = now + PaymentTiming.LookUpPause(attempt.Unresolved);
        DueAt = SettleBy is null ? Earlier(next, SeatsUntil) : next;
        return attempt.Unresolved == 1
            ? new PaymentPending(BookingId, EventId, UserId, ContractSeats(), Total, Currency, attempt.Number, attempt.BegunAt)
            : null;
    }

    /// <returns>What others hear of it: where they heard that it was pending.</returns>
    public PendingPaymentDeclined? NoteDeclined(int attemptNumber, string? detail, DateTimeOffset now)
    {
        if (Find(attemptNumber) is not { } attempt)
            return null;
        Resolve(attempt, AttemptOutcome.Declined, detail, now);
        return attempt.Unresolved > 0 ? new PendingPaymentDeclined(BookingId, UserId, attempt.Number, now) : null;
    }

    public void NoteCaptured(int attemptNumber, DateTimeOffset now)
    {
        if (Find(attemptNumber) is { } attempt)
            Resolve(attempt, AttemptOutcome.Captured, null, now);
    }

    /// <summary>Another method may be tried until the hold ends; if it has ended already, it is woken at once.</summary>
    public void ReturnToHold()
    {
        ProtectedUntil = null;
        DueAt = ExpiresAt;
    }

    public void GiveUpSeats(DateTimeOffset now)
    {
        ProtectedUntil = null;
        SettleBy = now + PaymentTiming.SettlementWindow;
        DueAt = now + PaymentTiming.DriverPatience;
    }

    public BookingConfirmed Confirm(DateTimeOffset now)
    {
        ConfirmedAt = now;
        SettleBy = null;
        DueAt = null;
        return new BookingConfirmed(BookingId, HoldingId, EventId, UserId, ContractSeats(), Total, Currency, HeldAt, now);
    }

    /// <summary>
    /// Whether the ledger may still name this holding when it ends now. Not when its time ran out and nothing was ever tried: such seats are free by
    /// their own expiry.
    /// </summary>
    public bool MayOwnSeats(DateTimeOffset now) => HasBooking || IsFree || SeatsUntil > now + IndexGrain;

    /// <summary>The holding has ended and its seats are given back; woken again until that is done.</summary>
    public void DriveRelease(DateTimeOffset now) => DueAt = now + PaymentTiming.ReleasePatience;

    public void SeatsReleased() => DueAt = null;

    /// <summary>Null when the end was announced before.</summary>
    public HoldEnded? EndHold(HoldOutcome outcome, DateTimeOffset now)
    {
        DueAt = null;
        if (EndedAt is not null)
            return null;
        EndedAt = now;
        return new HoldEnded(HoldingId, EventId, UserId, ContractSeats(), Total, Currency, outcome, Payable: HasBooking, HeldAt, now);
    }

    public void NoteNotCharged(int attemptNumber, DateTimeOffset now)
    {
        if (Find(attemptNumber) is { } attempt)
            Resolve(attempt, AttemptOutcome.NotCharged, attempt.Detail, now);
    }

    /// <param name="request">Whose request it was, so that of several at once one is answered as the one that did it.</param>
    public BookingCancelled CancelBooking(string? request, DateTimeOffset now)
    {
        CancelledAt = now;
        CancelledByRequest = request;
        if (IsFree)
            DriveRefundAgain(now);
        else
            RequestRefund(now);
        return new BookingCancelled(BookingId, EventId, UserId, ContractSeats(), Total, Currency, ConfirmedAt ?? now, now);
    }

    public void RequestRefund(DateTimeOffset now)
    {
        Refund ??= new RefundRecord { Amount = Total, Key = $"refund-{Holding}", RequestedAt = now };
        DriveRefundAgain(now);
    }

    public void DriveRefundAgain(DateTimeOffset now) => DueAt = now + PaymentTiming.DriverPatience;

    public void NoteRefundFailed(string? detail, DateTimeOffset now)
    {
        if (Refund is not { } refund)
            return;
        refund.Failures++;
        refund.Detail = detail;
        DueAt = now + PaymentTiming.RefundPause(refund.Failures);
    }

    /// <summary>Null when nothing had to go back.</summary>
    public RefundCompleted? CompleteRefund(DateTimeOffset now)
    {
        DueAt = null;
        if (Refund is not { } refund)
            return null;
        refund.State = RefundState.Completed;
        refund.CompletedAt = now;
        return new RefundCompleted(BookingId, EventId, UserId, refund.Amount, Currency, WasConfirmed: ConfirmedAt is not null, now);
    }

    public void Remember(TimelineEntry entry)
    {
        if (Timeline.Count >= TimelineEntries)
            Timeline.RemoveAt(TimelineHead);
        Timeline.Add(entry);
    }

    public PaymentAttempt? Find(int attemptNumber) =>
        attemptNumber >= 1 && attemptNumber <= Attempts.Count ? Attempts[attemptNumber - 1] : null;

    private static void Resolve(PaymentAttempt attempt, AttemptOutcome outcome, string? detail, DateTimeOffset now)
    {
        attempt.Outcome = outcome;
        attempt.OutcomeAt = now;
        attempt.Detail = detail;
    }

    private List<BookedSeat> ContractSeats() => Seats.ConvertAll(seat => new BookedSeat(seat.Position, seat.SeatType, seat.Price));

    private static DateTimeOffset Later(DateTimeOffset left, DateTimeOffset right) => left > right ? left : right;

    private static DateTimeOffset Earlier(DateTimeOffset left, DateTimeOffset right) => left < right ? left : right;
}
