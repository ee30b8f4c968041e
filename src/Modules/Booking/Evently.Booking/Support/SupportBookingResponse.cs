using Evently.Booking.Bookings;
using Evently.Booking.Ledger;
using Evently.Booking.Sagas;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Money;

namespace Evently.Booking.Support;

/// <summary>One saga instance in a list.</summary>
/// <param name="State">The saga's own word, in snake_case.</param>
/// <param name="DueAt">When it will be woken; null when it waits for nothing.</param>
/// <param name="Overdue">It should have been woken a while ago.</param>
/// <param name="NeedsAttention">Its refund has failed often; it is still tried.</param>
/// <param name="Attempts">Payment attempts.</param>
/// <param name="Key">Where it is stored, when it can't be read (<c>state</c> is <c>unreadable</c>); else null.</param>
internal sealed record SupportBookingRow(
    string BookingId,
    string HoldingId,
    string EventId,
    string UserId,
    string State,
    DateTimeOffset Since,
    DateTimeOffset? DueAt,
    bool Overdue,
    bool NeedsAttention,
    int Attempts,
    int RefundFailures,
    string? Key = null)
{
    /// <summary>All that is known of an instance that can't be read.</summary>
    public static SupportBookingRow Unreadable(SagaRead<BookingSaga> read)
    {
        var holding = Ulid.FromGuid(read.CorrelationId);
        return new SupportBookingRow(
            PrefixedId.Format(BookingSaga.BookingPrefix, holding),
            PrefixedId.Format(BookingSaga.HoldingPrefix, holding),
            EventId: "",
            UserId: "",
            SagaWords.Unreadable,
            holding.Time,
            DueAt: null,
            Overdue: false,
            NeedsAttention: true,
            Attempts: 0,
            RefundFailures: 0,
            read.Unreadable?.ToString());
    }

    public static SupportBookingRow From(BookingSaga saga, DateTimeOffset now) => new(
        saga.BookingId,
        saga.HoldingId,
        saga.EventId,
        saga.UserId,
        SagaWords.Of(saga.State),
        saga.Since,
        saga.DueAt,
        SagaWords.IsOverdue(saga, now),
        saga.Refund is { State: RefundState.Pending, Failures: >= PaymentTiming.StuckRefundFailures },
        saga.Attempts.Count,
        saga.Refund?.Failures ?? 0);
}

/// <summary>Everything about one booking.</summary>
/// <param name="Seats">As the ledger has them now.</param>
/// <param name="Messages">Those to other modules, each committed with the step that caused it, and what the instance waits for.</param>
/// <param name="Actions">What support can do now.</param>
internal sealed record SupportBookingResponse(
    string BookingId,
    string HoldingId,
    string EventId,
    string EventName,
    string UserId,
    string PlacedBy,
    string State,
    int Version,
    DateTimeOffset Since,
    DateTimeOffset HeldAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? ProtectedUntil,
    DateTimeOffset? DueAt,
    DateTimeOffset? SettleBy,
    bool Overdue,
    bool EventWithdrawn,
    decimal Total,
    string Currency,
    IReadOnlyList<SupportTimelineEntry> Timeline,
    IReadOnlyList<SupportSeat> Seats,
    IReadOnlyList<SupportPayment> Payments,
    SupportRefund? Refund,
    IReadOnlyList<SupportMessage> Messages,
    IReadOnlyList<string> TraceIds,
    IReadOnlyList<string> Actions)
{
    public static SupportBookingResponse From(BookingSaga saga, IReadOnlyList<SeatOwner> owners, DateTimeOffset now) => new(
        saga.BookingId,
        saga.HoldingId,
        saga.EventId,
        saga.EventName,
        saga.UserId,
        saga.PlacedBy,
        SagaWords.Of(saga.State),
        saga.Version,
        saga.Since,
        saga.HeldAt,
        saga.ExpiresAt,
        saga.ProtectedUntil,
        saga.DueAt,
        saga.SettleBy,
        SagaWords.IsOverdue(saga, now),
        saga.EventWithdrawn,
        Shared.Money.Currency.ToMajor(saga.Total, saga.Currency),
        saga.Currency,
        saga.Timeline.ConvertAll(entry => new SupportTimelineEntry(
            SagaWords.Of(entry.State), entry.At, SagaWords.Of(entry.Cause), entry.MessageId, entry.TraceId, entry.By, entry.Note)),
        [.. owners.Zip(saga.Seats, (owner, seat) => SupportSeat.From(owner, seat, saga))],
        saga.Attempts.ConvertAll(attempt => new SupportPayment(
            attempt.Number, attempt.Key, attempt.Method, attempt.BegunBy, attempt.BegunAt, SagaWords.Of(attempt.Outcome.ToString()), attempt.OutcomeAt, attempt.Unresolved, attempt.Detail)),
        saga.Refund is { } refund ? SupportRefund.From(refund, saga.Currency) : null,
        MessagesOf(saga),
        [.. saga.Timeline.Select(entry => entry.TraceId).OfType<string>().Distinct()],
        [.. SupportActions.Applicable(saga)]);

    private static List<SupportMessage> MessagesOf(BookingSaga saga)
    {
        var messages = new List<SupportMessage>();
        Add(nameof(Contracts.HoldEnded), "sent", saga.EndedAt);
        Add(nameof(Contracts.BookingConfirmed), "sent", saga.ConfirmedAt);
        Add(nameof(Contracts.BookingCancelled), "sent", saga.CancelledAt);
        Add(nameof(Contracts.RefundCompleted), "sent", saga.Refund?.CompletedAt);
        Add(nameof(BookingDue), "pending", saga.DueAt);
        return messages;

        void Add(string message, string state, DateTimeOffset? at)
        {
            if (at is { } time)
                messages.Add(new SupportMessage(SagaWords.Of(message), state, time));
        }
    }
}

/// <param name="State">The state after it.</param>
internal sealed record SupportTimelineEntry(string State, DateTimeOffset At, string Cause, string? MessageId, string? TraceId, string? By, string? Note);

/// <param name="SeatState"><c>available</c>, <c>held</c> or <c>booked</c>, now.</param>
/// <param name="HoldingId">Whose it is now; null when free.</param>
/// <param name="IsOurs">It carries this booking's holding.</param>
internal sealed record SupportSeat(string SeatPos, string SeatType, decimal Price, string SeatState, string? HoldingId, DateTimeOffset? ExpiresAt, bool IsOurs)
{
    public static SupportSeat From(SeatOwner owner, SagaSeat seat, BookingSaga saga) => new(
        owner.Position,
        seat.SeatType,
        Currency.ToMajor(seat.Price, saga.Currency),
        owner.Holding is null ? "available" : owner.IsBooked ? "booked" : "held",
        owner.Holding is { } holding ? PrefixedId.Format(BookingSaga.HoldingPrefix, holding) : null,
        owner.ExpiresAt,
        owner.Holding == saga.Holding);
}

/// <param name="Unresolved">How often the gateway gave no definite answer.</param>
internal sealed record SupportPayment(
    int Attempt, string IdempotencyKey, string Method, string BegunBy, DateTimeOffset BegunAt, string Outcome, DateTimeOffset? OutcomeAt, int Unresolved, string? Detail);

internal sealed record SupportRefund(
    decimal Amount, string Currency, string State, string IdempotencyKey, DateTimeOffset RequestedAt, DateTimeOffset? CompletedAt, int Failures, string? Detail)
{
    public static SupportRefund From(RefundRecord refund, string currency) => new(
        Shared.Money.Currency.ToMajor(refund.Amount, currency),
        currency,
        RefundResponse.From(refund, currency).State,
        refund.Key,
        refund.RequestedAt,
        refund.CompletedAt,
        refund.Failures,
        refund.Detail);
}

/// <param name="State"><c>sent</c> or <c>pending</c>.</param>
/// <param name="At">When it was sent or is due.</param>
internal sealed record SupportMessage(string Message, string State, DateTimeOffset At);
