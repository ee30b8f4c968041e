using Carter;
using Evently.Booking.Bookings;
using Evently.Booking.Sagas;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Booking.Support;

/// <param name="Action"><c>retry</c>, <c>release</c> or <c>refund</c>.</param>
/// <param name="DryRun">Only say what would be done.</param>
internal sealed record ActOnBookingRequest(string? Action = null, bool DryRun = false);

/// <param name="Effect">What was done, or with <paramref name="DryRun"/> would be done.</param>
/// <param name="State">The saga's state afterwards.</param>
internal sealed record ActOnBookingResponse(string BookingId, string Action, bool DryRun, string Effect, string State);

/// <summary>Support's own hand on a booking: a message to the saga like any other, which records who sent it.</summary>
internal sealed class ActOnBooking : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPost("/support/bookings/{booking_id}/actions", HandleAsync)
        .Describe(
            "act_on_booking",
            "Support",
            "Retry, release or refund",
            "`retry` tries now what is waited for; `release` gives the seats back to sale; `refund` cancels a confirmed booking. Recorded in the booking's timeline with who did it.")
        .Fails(StatusCodes.Status400BadRequest, "validation_failed")
        .Fails(StatusCodes.Status404NotFound, BookingFinder.BookingNotFoundCode)
        .Fails(StatusCodes.Status409Conflict, "action_not_applicable")
        .RequireRole(Policies.Support)
        .FreshAccount();

    private static async Task<Results<Ok<ActOnBookingResponse>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "booking_id")] string bookingId,
        ActOnBookingRequest request,
        Caller caller,
        SupportFinder finder,
        BookingSeats seats,
        LocalBus<BookingModule> bus,
        IdGenerator ids,
        CancellationToken cancellationToken)
    {
        if (ActionOf(request.Action) is not { } action)
        {
            var errors = new ValidationErrors();
            errors.Add("action", "must be retry, release or refund.");
            return errors.ToProblem();
        }

        if (await finder.FindAsync(bookingId, cancellationToken) is not { } saga)
            return BookingFinder.BookingNotFound;
        if (SupportActions.Plan(saga, action, caller.UserId, ids.Next().ToString()) is not { } plan)
            return Problems.Conflict("action_not_applicable", $"There is nothing to {request.Action} while the booking is {SagaWords.Of(saga.State)}.");
        if (!request.DryRun)
        {
            await SendAsync(bus, plan.Message, cancellationToken);
            saga = await finder.FindAsync(bookingId, cancellationToken) ?? saga;
            if (action != SupportAction.Retry && (saga.IsTerminal || saga.State == nameof(BookingStateMachine.Cancelling)))
                await seats.FreeAsync(saga, cancellationToken);
        }

        return TypedResults.Ok(new ActOnBookingResponse(saga.BookingId, request.Action!, request.DryRun, plan.Effect, SagaWords.Of(saga.State)));
    }

    private static SupportAction? ActionOf(string? text) => text switch
    {
        "retry" => SupportAction.Retry,
        "release" => SupportAction.Release,
        "refund" => SupportAction.Refund,
        _ => null,
    };

    private static Task SendAsync(LocalBus<BookingModule> bus, IBookingMessage message, CancellationToken cancellationToken) => message switch
    {
        RetryRequested retry => bus.SendAsync(retry, cancellationToken),
        ReleaseRequested release => bus.SendAsync(release, cancellationToken),
        BookingCancelRequested cancel => bus.SendAsync(cancel, cancellationToken),
        _ => throw new InvalidOperationException($"Support sends no {message.GetType().Name}."),
    };
}
