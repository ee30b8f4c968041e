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

/// <param name="BookingId">Ignored; older clients send it.</param>
internal sealed record CancelBookingRequest(string? BookingId = null);

/// <param name="SeatsFreed">Positions.</param>
/// <param name="Refund">Null when nothing had been paid.</param>
internal sealed record CancelledBookingResponse(
    string Message,
    string BookingId,
    string EventId,
    string UserId,
    IReadOnlyList<string> SeatsFreed,
    DateTimeOffset CancelledAt,
    RefundResponse? Refund);

internal sealed class CancelBooking : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPost("/bookings/{booking_id}/cancel", HandleAsync)
        .Describe(
            "cancel_booking",
            "Bookings",
            "Cancel a booking",
            "Its seats are free at once and its money goes back; `refund.state` tells how far that is. After the event's start only support can. A booking_id in the body is ignored.")
        .Fails(StatusCodes.Status404NotFound, BookingFinder.BookingNotFoundCode)
        .Fails(StatusCodes.Status409Conflict, "booking_already_cancelled", "payment_in_progress", "booking_not_confirmed", "not_cancellable")
        .RequireRole(Policies.SignedIn)
        .FreshAccount();

    private static Task<Results<Ok<CancelledBookingResponse>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "booking_id")] string bookingId,
        [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] CancelBookingRequest? request,
        Caller caller,
        BookingCanceller canceller,
        CancellationToken cancellationToken)
    {
        _ = request;
        return canceller.CancelAsync(bookingId, caller, cancellationToken);
    }
}

/// <summary>Cancels a booking for a caller. Of several requests at once, one is told that it did it.</summary>
internal sealed class BookingCanceller(BookingFinder finder, BookingSeats seats, LocalBus<BookingModule> bus, IdGenerator ids, TimeProvider time)
{
    public async Task<Results<Ok<CancelledBookingResponse>, ProblemResult>> CancelAsync(string bookingId, Caller caller, CancellationToken cancellationToken)
    {
        if (await finder.FindBookingAsync(bookingId, caller, cancellationToken) is not { } saga)
            return BookingFinder.BookingNotFound;
        if (saga.State != nameof(BookingStateMachine.Confirmed))
            return Refusal(saga);
        if (!caller.IsStaff && await seats.StartOfEventAsync(saga, cancellationToken) <= time.GetUtcNow())
        {
            return Problems.Conflict(
                "not_cancellable", "The event has begun; only its support can still cancel the booking.", ("reason", "event_started"));
        }

        var request = ids.Next().ToString();
        await bus.SendAsync(new BookingCancelRequested(saga.CorrelationId, caller.UserId, request), cancellationToken);
        saga = await finder.ReadAgainAsync(saga, cancellationToken);
        if (saga is not { CancelledAt: { } cancelledAt } || saga.CancelledByRequest != request)
            return Refusal(saga);

        // The refund's driver frees them too, if this is cut off; the client is told that they are free now.
        await seats.FreeAsync(saga, cancellationToken);
        return TypedResults.Ok(new CancelledBookingResponse(
            "The booking was cancelled.",
            saga.BookingId,
            saga.EventId,
            saga.UserId,
            saga.Positions,
            cancelledAt,
            saga.Refund is { } refund ? RefundResponse.From(refund, saga.Currency) : null));
    }

    internal static ProblemResult Refusal(BookingSaga saga) => saga.State switch
    {
        nameof(BookingStateMachine.Cancelling) or nameof(BookingStateMachine.Refunded) or nameof(BookingStateMachine.Cancelled) =>
            Problems.Conflict("booking_already_cancelled", "The booking was cancelled before."),
        nameof(BookingStateMachine.Charging) or nameof(BookingStateMachine.Settling) =>
            Problems.Conflict("payment_in_progress", "The payment is still under way. When it is done, cancel the booking."),
        _ => Problems.Conflict("booking_not_confirmed", "The booking was never confirmed; there is nothing to cancel."),
    };
}
