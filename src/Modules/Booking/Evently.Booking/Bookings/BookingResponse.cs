using Evently.Booking.Sagas;

namespace Evently.Booking.Bookings;

/// <summary>A booking as its user sees it.</summary>
/// <param name="BookingDate">When it was confirmed; before that, when its first payment began.</param>
/// <param name="State"><c>payment_pending</c>, <c>confirmed</c>, <c>cancelled</c>, <c>refund_pending</c> or <c>failed</c>.</param>
/// <param name="PaymentStatus"><c>pending</c>, <c>successful</c>, <c>failed</c>, <c>refunded</c> or, of a total of 0, <c>not_required</c>.</param>
/// <param name="Refund">Null while no money goes back.</param>
internal sealed record BookingResponse(
    string BookingId,
    string HoldingId,
    string EventId,
    string UserId,
    IReadOnlyList<string> Seats,
    DateTimeOffset BookingDate,
    string State,
    string PaymentStatus,
    decimal Total,
    string Currency,
    DateTimeOffset? CancelledAt,
    RefundResponse? Refund)
{
    public static BookingResponse From(BookingSaga saga) => new(
        saga.BookingId,
        saga.HoldingId,
        saga.EventId,
        saga.UserId,
        saga.Positions,
        saga.ConfirmedAt ?? (saga.Attempts.Count > 0 ? saga.Attempts[0].BegunAt : saga.HeldAt),
        StateOf(saga),
        PaymentStatusOf(saga),
        Shared.Money.Currency.ToMajor(saga.Total, saga.Currency),
        saga.Currency,
        saga.CancelledAt,
        saga.Refund is { } refund ? RefundResponse.From(refund, saga.Currency) : null);

    private static string StateOf(BookingSaga saga) => saga.State switch
    {
        nameof(BookingStateMachine.Held) or nameof(BookingStateMachine.Charging) or nameof(BookingStateMachine.Settling) => "payment_pending",
        nameof(BookingStateMachine.Confirmed) => "confirmed",
        nameof(BookingStateMachine.Cancelling) when saga.Refund is null => "cancelled",
        nameof(BookingStateMachine.Cancelling) or nameof(BookingStateMachine.Refunding) => "refund_pending",
        nameof(BookingStateMachine.Cancelled) or nameof(BookingStateMachine.Refunded) => "cancelled",
        nameof(BookingStateMachine.Expired) or nameof(BookingStateMachine.Failed) => "failed",
        _ => throw new InvalidOperationException($"{saga.BookingId} is in the unknown state {saga.State}."),
    };

    private static string PaymentStatusOf(BookingSaga saga)
    {
        if (saga.IsFree)
            return "not_required";
        if (saga.CapturedAttempt is not null)
            return saga.Refund is { State: RefundState.Completed } ? "refunded" : "successful";
        return saga.IsTerminal || saga.CurrentAttempt is { Outcome: AttemptOutcome.Declined } ? "failed" : "pending";
    }
}

/// <param name="State"><c>pending</c> or <c>completed</c>.</param>
internal sealed record RefundResponse(decimal Amount, string Currency, string State)
{
    public static RefundResponse From(RefundRecord refund, string currency) =>
        new(Shared.Money.Currency.ToMajor(refund.Amount, currency), currency, refund.State == RefundState.Completed ? "completed" : "pending");
}
