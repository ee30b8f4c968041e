using Carter;
using Evently.Booking.Payments;
using Evently.Booking.Sagas;
using Evently.Shared.Http;
using Evently.Shared.Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Booking.Bookings;

/// <param name="PaymentMethod">As the gateway knows it.</param>
/// <param name="PaymentStatus">In its place, with the simulated gateway: <c>successful</c> or <c>failed</c>.</param>
internal sealed record ConfirmHoldRequest(string? PaymentMethod = null, string? PaymentStatus = null);

/// <summary>
/// Pays a hold. The saga decides and a consumer asks the gateway; this request only waits for them. A second confirm while the first is under way waits for the
/// same payment.
/// </summary>
internal sealed class ConfirmHold : ICarterModule
{
    private const int MaxMethodLength = 64;

    /// <summary>Of a confirm that has nothing to pay.</summary>
    private const string NoMethod = "none";

    /// <summary>How often a waiting request looks by itself; another instance's progress signals nobody here.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPost("/{holding_id}/confirm", HandleAsync)
        .Describe(
            "confirm_hold",
            "Bookings",
            "Pay for a hold",
            "Waits up to 10 s, or as long as `Prefer: wait=N` says (N ≤ 30), and answers 202 when the outcome is not known by then. Safe to repeat: a hold is charged once. A total of 0 takes any or no method and asks no gateway.")
        .Produces<BookingResponse>(StatusCodes.Status202Accepted)
        .Fails(StatusCodes.Status400BadRequest, "validation_failed")
        .Fails(StatusCodes.Status402PaymentRequired, "payment_declined")
        .Fails(StatusCodes.Status404NotFound, BookingFinder.HoldingNotFoundCode)
        .Fails(StatusCodes.Status409Conflict, "hold_cancelled", "event_cancelled", "too_many_attempts")
        .Fails(StatusCodes.Status410Gone, "hold_expired")
        .RequireRole(Policies.SignedIn);

    private static async Task<Results<Ok<BookingResponse>, Accepted<BookingResponse>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "holding_id")] string holdingId,
        ConfirmHoldRequest request,
        HttpContext context,
        Caller caller,
        BookingFinder finder,
        BookingSeats seats,
        BookingSignals signals,
        IPaymentGateway gateway,
        LocalBus<BookingModule> bus,
        ServingTime serving,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (await finder.FindHoldingToConfirmAsync(holdingId, caller, time.GetUtcNow(), cancellationToken) is not { } saga)
            return BookingFinder.HoldingNotFound;
        var errors = new ValidationErrors();
        var method = saga.IsFree ? NoMethod : MethodOf(request, gateway, errors);
        if (errors.Any)
            return errors.ToProblem();

        var started = time.GetTimestamp();
        var longest = PreferWait.Read(context);
        using var waiter = signals.TryJoin(saga.CorrelationId);
        if (saga.State == nameof(BookingStateMachine.Held))
        {
            if (!saga.MayTryAgain)
                return AnswerOf(saga, saga.Attempts.Count, time.GetUtcNow());

            // Nothing is charged for an event that won't take place.
            if (await seats.IsEventCancelledAsync(saga, cancellationToken))
                await bus.SendAsync(new CancelForEvent(saga.CorrelationId, caller.UserId), cancellationToken);
            else
                await bus.SendAsync(new ConfirmRequested(saga.CorrelationId, method, caller.UserId), cancellationToken);
            saga = await finder.ReadAgainAsync(saga, cancellationToken);
        }

        // Whatever happens later, this request is about the attempt that is the last one now.
        var attempt = saga.Attempts.Count;
        while (waiter is not null && IsOpen(saga, attempt) && !serving.Closing.IsCancellationRequested
            && longest - time.GetElapsedTime(started) is var left && left > TimeSpan.Zero)
        {
            await waiter.WaitAsync(left < PollInterval ? left : PollInterval, time, cancellationToken);
            saga = await finder.ReadAgainAsync(saga, cancellationToken);
        }

        return AnswerOf(saga, attempt, time.GetUtcNow());
    }

    /// <summary>Describes the booking as it is now; the outcome of the attempt counts only while its hold lasts.</summary>
    internal static Results<Ok<BookingResponse>, Accepted<BookingResponse>, ProblemResult> AnswerOf(BookingSaga saga, int attempt, DateTimeOffset now)
    {
        if (saga.State == nameof(BookingStateMachine.Confirmed))
            return TypedResults.Ok(BookingResponse.From(saga));
        if (IsOpen(saga, attempt))
            return TypedResults.Accepted($"/bookings/{saga.BookingId}", BookingResponse.From(saga));
        if (saga.EventWithdrawn)
            return Problems.Conflict("event_cancelled", "The event is cancelled. " + MoneyOf(saga));
        return saga.State switch
        {
            nameof(BookingStateMachine.Cancelled) => Problems.Conflict("hold_cancelled", "The hold was cancelled."),
            nameof(BookingStateMachine.Cancelling) or nameof(BookingStateMachine.Refunded) => Problems.Conflict("hold_cancelled", "The booking was cancelled."),
            nameof(BookingStateMachine.Held) when now >= saga.SeatsUntil => Expired,
            nameof(BookingStateMachine.Held) or nameof(BookingStateMachine.Charging) when saga.Find(attempt) is { Outcome: AttemptOutcome.Declined } =>
                Problems.Of(StatusCodes.Status402PaymentRequired, "payment_declined", "The payment was declined. The seats stay held until the hold ends; try another method."),
            nameof(BookingStateMachine.Held) => TooManyAttempts,
            _ => Expired,
        };
    }

    private static ProblemResult Expired => Problems.Gone("hold_expired", "The hold has expired and its seats are for sale again.");

    private static string MoneyOf(BookingSaga saga) => saga.Refund switch
    {
        null => "Nothing was charged.",
        { State: RefundState.Completed } => "The payment was given back in full.",
        _ => "The payment is being given back in full.",
    };

    private static ProblemResult TooManyAttempts => Problems.Conflict(
        "too_many_attempts", $"The payment was declined {PaymentTiming.MaxAttempts} times; this hold can't be paid any more.");

    /// <summary>The attempt has no outcome yet.</summary>
    private static bool IsOpen(BookingSaga saga, int attempt) =>
        saga.State is nameof(BookingStateMachine.Charging) or nameof(BookingStateMachine.Settling) && saga.Attempts.Count == attempt;

    private static string MethodOf(ConfirmHoldRequest request, IPaymentGateway gateway, ValidationErrors errors)
    {
        if (request is { PaymentMethod: null, PaymentStatus: { } status } && gateway is SimulatedGateway)
        {
            errors.Check(status is "successful" or "failed", "payment_status", "must be successful or failed.");
            return status == "successful" ? SimulatedMethod.Ok : SimulatedMethod.Declined;
        }

        errors.Check(request.PaymentStatus is null, "payment_status", "is taken by the simulated gateway only, and not beside payment_method.");
        errors.Text(request.PaymentMethod, "payment_method", 1, MaxMethodLength);
        if (!errors.Any && gateway.Refuses(request.PaymentMethod!) is { } reason)
            errors.Add("payment_method", reason);
        return request.PaymentMethod ?? "";
    }
}
