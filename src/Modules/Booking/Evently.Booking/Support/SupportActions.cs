using Evently.Booking.Sagas;

namespace Evently.Booking.Support;

internal enum SupportAction
{
    /// <summary>Try now what is waited for.</summary>
    Retry,

    /// <summary>Give the seats back to sale.</summary>
    Release,

    /// <summary>Cancel the booking and give its money back.</summary>
    Refund,
}

/// <param name="Effect">A sentence's end: what is done.</param>
/// <param name="Message">What the saga is told.</param>
internal sealed record SupportPlan(string Effect, IBookingMessage Message);

/// <summary>What each action does to an instance, by its state.</summary>
internal static class SupportActions
{
    private static readonly SupportAction[] All = [SupportAction.Retry, SupportAction.Release, SupportAction.Refund];

    public static IEnumerable<string> Applicable(BookingSaga saga) =>
        All.Where(action => Plan(saga, action, by: "", request: "") is not null).Select(action => SagaWords.Of(action.ToString()));

    /// <summary>Null when the action has nothing to do in this state.</summary>
    public static SupportPlan? Plan(BookingSaga saga, SupportAction action, string by, string request)
    {
        var id = saga.CorrelationId;
        return (action, saga.State) switch
        {
            (SupportAction.Retry, nameof(BookingStateMachine.Charging) or nameof(BookingStateMachine.Settling)) =>
                new SupportPlan("the payment's outcome is looked up now", new RetryRequested(id, by)),
            (SupportAction.Retry or SupportAction.Refund, nameof(BookingStateMachine.Cancelling) or nameof(BookingStateMachine.Refunding)) =>
                new SupportPlan("the refund is tried again now", new RetryRequested(id, by)),
            (SupportAction.Refund, nameof(BookingStateMachine.Confirmed)) =>
                new SupportPlan("the booking is cancelled, its seats are freed and its money goes back", new BookingCancelRequested(id, by, request)),
            (SupportAction.Release, nameof(BookingStateMachine.Held)) =>
                new SupportPlan("the hold is cancelled and its seats are freed", new ReleaseRequested(id, by)),
            (SupportAction.Release, nameof(BookingStateMachine.Charging)) =>
                new SupportPlan("the seats are for sale again; money that arrives takes them back if they are free, or is returned", new ReleaseRequested(id, by)),
            (SupportAction.Release, _) when saga.IsTerminal =>
                new SupportPlan("seats that still carry the holding are freed", new ReleaseRequested(id, by)),
            _ => null,
        };
    }
}
