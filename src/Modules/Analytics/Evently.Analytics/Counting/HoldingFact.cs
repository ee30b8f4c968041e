using Evently.Booking.Contracts;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Analytics.Counting;

/// <summary>
/// What was counted of one holding and its booking. The row is what makes counting idempotent: each message sets a mark of its own, in the
/// transaction that adds to the counters (or, with its batch, before: <see cref="CountInParts"/>), and a mark that is there already means that the message is counted. It costs the write that
/// an inbox row would cost, lies in the user's partition, and so serves the user's figures as well.
/// </summary>
internal sealed class HoldingFact(ItemKey key, Item? item)
{
    private const string EventId = "event";
    private const string Seats = "seats";
    private const string Total = "total";
    private const string Currency = "currency";
    private const string Confirmed = "confirmed";
    private const string Ended = "ended";
    private const string Cancelled = "cancelled";
    private const string Refunded = "refunded";

    /// <summary>Which batch counts the confirmation, where it was not counted by one transaction.</summary>
    private const string Batch = "batch";

    // Longer than any queue keeps a message (14 days) with its dead letters redriven once. A booking's row stays.
    private static readonly TimeSpan KeepEndedHold = TimeSpan.FromDays(35);

    /// <summary>Of a booking that is taken to be new; what it confirms is refused when it is not.</summary>
    public static HoldingFact OfNew(BookingConfirmed booking) => Of(booking, null);

    public static HoldingFact Of(BookingConfirmed booking, Item? item) => new(Keys.Holding(booking.UserId, booking.BookingId), item);

    public ItemKey Key => key;

    public bool IsCountedBy(Ulid batch) => Has(Batch) && item![Batch].String == batch.ToString();

    public bool IsConfirmed => Has(Confirmed);

    public bool HasEnded => Has(Ended);

    public bool IsCancelled => Has(Cancelled);

    public bool IsRefunded => Has(Refunded);

    /// <summary>The hold itself is counted once, by whichever of its end and its confirmation comes first.</summary>
    public bool IsHoldCounted => IsConfirmed || HasEnded;

    /// <param name="batch">What counts it, unless this write is in the transaction that does.</param>
    public Write Confirm(BookingConfirmed booking, Ulid? batch = null)
    {
        List<Change> changes =
        [
            Change.Set(EventId, booking.EventId),
            Change.Set(Seats, booking.Seats.Count),
            Change.Set(Total, booking.Total),
            Change.Set(Currency, booking.Currency),
            Change.Set(Confirmed, booking.ConfirmedAt.UtcTicks),
            Change.Remove(WellKnown.TimeToLive),
        ];
        if (batch is { } id)
            changes.Add(Change.Set(Batch, id.ToString()));
        return Write.Update(key, changes, Condition.All(Condition.Absent(Confirmed), AsRead(Ended)));
    }

    public Write End(HoldEnded hold)
    {
        List<Change> changes = [Change.Set(Ended, hold.EndedAt.UtcTicks)];
        if (!IsConfirmed)
            changes.Add(Change.Set(WellKnown.TimeToLive, hold.EndedAt.Add(KeepEndedHold).ToUnixTimeSeconds()));
        return Write.Update(key, changes, Condition.All(Condition.Absent(Ended), AsRead(Confirmed)));
    }

    public Write Cancel(BookingCancelled booking) =>
        Write.Update(key, [Change.Set(Cancelled, booking.CancelledAt.UtcTicks)], Condition.Absent(Cancelled));

    public Write Refund(RefundCompleted refund) =>
        Write.Update(key, [Change.Set(Refunded, refund.RefundedAt.UtcTicks)], Condition.Absent(Refunded));

    /// <summary>The booking, or null while it is only a hold (or its confirmation has not arrived).</summary>
    public UserBooking? ToBooking() => item is null || !IsConfirmed
        ? null
        : new UserBooking(
            item[EventId].String,
            (int)item[Seats].Number,
            item[Total].Number,
            item[Currency].String,
            new DateTimeOffset(item[Confirmed].Number, TimeSpan.Zero),
            IsCancelled);

    private bool Has(string mark) => item?.Has(mark) == true;

    private Condition AsRead(string mark) => Has(mark) ? Condition.Exists(mark) : Condition.Absent(mark);
}

/// <param name="Total">Minor units.</param>
internal sealed record UserBooking(string EventId, int Seats, long Total, string Currency, DateTimeOffset ConfirmedAt, bool IsCancelled);
