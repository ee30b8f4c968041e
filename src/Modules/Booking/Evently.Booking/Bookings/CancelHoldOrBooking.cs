using Carter;
using Evently.Booking.Sagas;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Routing;

namespace Evently.Booking.Bookings;

/// <param name="SeatsFreed">Positions.</param>
internal sealed record CancelledHoldResponse(string HoldingId, IReadOnlyList<string> SeatsFreed);

/// <summary>
/// Gives a hold back. The one address serves bookings too, as it always did: what is cancelled is told by the id's prefix. The state changes before the
/// seats are freed, so that a cancellation that loses against a confirm has freed nothing.
/// </summary>
internal sealed class CancelHoldOrBooking : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPost("/{holding_id}/cancel", HandleAsync)
        .Describe(
            "cancel_hold",
            "Bookings",
            "Give a hold back, or cancel a booking",
            "With the id of a holding: its seats are free at once; repeatable. With the id of a booking: as cancel_booking. A booking_id in the body is ignored.")
        .Fails(StatusCodes.Status404NotFound, BookingFinder.HoldingNotFoundCode, BookingFinder.BookingNotFoundCode)
        .Fails(StatusCodes.Status409Conflict, "already_confirmed", "payment_in_progress", "booking_already_cancelled", "booking_not_confirmed", "not_cancellable")
        .Fails(StatusCodes.Status410Gone, "hold_expired")
        .RequireRole(Policies.SignedIn);

    private static async Task<Results<Ok<CancelledHoldResponse>, Ok<CancelledBookingResponse>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "holding_id")] string id,
        [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] CancelBookingRequest? request,
        Caller caller,
        BookingFinder finder,
        BookingCanceller canceller,
        BookingSeats seats,
        LocalBus<BookingModule> bus,
        CancellationToken cancellationToken)
    {
        _ = request;
        if (PrefixedId.TryParse(id, BookingSaga.BookingPrefix, out _))
        {
            var result = await canceller.CancelAsync(id, caller, cancellationToken);
            return result.Result is Ok<CancelledBookingResponse> cancelled ? cancelled : (ProblemResult)result.Result;
        }

        if (await finder.FindHoldingAsync(id, caller, cancellationToken) is not { } saga)
            return BookingFinder.HoldingNotFound;
        if (saga.State == nameof(BookingStateMachine.Held))
        {
            await bus.SendAsync(new HoldCancelRequested(saga.CorrelationId, caller.UserId), cancellationToken);
            saga = await finder.ReadAgainAsync(saga, cancellationToken);
        }

        if (saga.State != nameof(BookingStateMachine.Cancelled))
            return Refusal(saga);

        // The saga sees to it as well; the client is told that they are free now.
        await seats.FreeAsync(saga, cancellationToken);
        return TypedResults.Ok(new CancelledHoldResponse(saga.HoldingId, saga.Positions));
    }

    internal static ProblemResult Refusal(BookingSaga saga) => saga.State switch
    {
        nameof(BookingStateMachine.Charging) or nameof(BookingStateMachine.Settling) =>
            Problems.Conflict("payment_in_progress", "A payment for this hold is under way. When it is done, cancel the booking."),
        nameof(BookingStateMachine.Confirmed) or nameof(BookingStateMachine.Cancelling) or nameof(BookingStateMachine.Refunded) =>
            Problems.Conflict("already_confirmed", "The hold became a booking. Cancel that instead."),
        _ => Problems.Gone("hold_expired", "The hold has expired and its seats are for sale again."),
    };
}
