using System.Diagnostics;
using MassTransit;

namespace Evently.Booking.Sagas;

/// <summary>Steps that leave a line in the instance's timeline.</summary>
internal static class TimelineSteps
{
    public static EventActivityBinder<BookingSaga, TMessage> MoveTo<TMessage>(this EventActivityBinder<BookingSaga, TMessage> binder, State state, TimeProvider time)
        where TMessage : class, IBookingMessage =>
        binder.Then(context =>
        {
            var now = time.GetUtcNow();
            context.Saga.Since = now;
            Remember(context, state.Name, now);
        }).TransitionTo(state);

    /// <summary>Somebody did something that left the state as it was.</summary>
    public static EventActivityBinder<BookingSaga, TMessage> Remark<TMessage>(this EventActivityBinder<BookingSaga, TMessage> binder, TimeProvider time)
        where TMessage : class, IBookingMessage =>
        binder.Then(context => Remember(context, context.Saga.State, time.GetUtcNow()));

    private static void Remember<TMessage>(BehaviorContext<BookingSaga, TMessage> context, string state, DateTimeOffset now)
        where TMessage : class, IBookingMessage =>
        context.Saga.Remember(new TimelineEntry(
            state,
            now,
            typeof(TMessage).Name,
            context.MessageId?.ToString(),
            Activity.Current?.TraceId.ToHexString(),
            ActorOf(context.Message),
            NoteOn(context.Message)));

    private static string? ActorOf(IBookingMessage message) => message switch
    {
        ConfirmRequested confirm => confirm.By,
        HoldCancelRequested cancel => cancel.By,
        BookingCancelRequested cancel => cancel.By,
        CancelForEvent cancel => cancel.By,
        CancelForErasure cancel => cancel.By,
        RetryRequested retry => retry.By,
        ReleaseRequested release => release.By,
        _ => null,
    };

    private static string? NoteOn(IBookingMessage message) => message switch
    {
        ConfirmRequested confirm => confirm.Method,
        PaymentCaptured captured => $"attempt {captured.Attempt}",
        PaymentDeclined declined => $"attempt {declined.Attempt}: {declined.Detail}",
        PaymentUnresolved unresolved => $"attempt {unresolved.Attempt}: {unresolved.Reason}",
        _ => null,
    };
}
