using Carter;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Booking.Bookings;

internal sealed class GetBooking : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapGet("/bookings/{booking_id}", HandleAsync)
        .Describe("get_booking", "Bookings", "Look at a booking", "A booking exists from the first confirm of its hold on.")
        .Fails(StatusCodes.Status404NotFound, BookingFinder.BookingNotFoundCode)
        .RequireRole(Policies.SignedIn);

    private static async Task<Results<Ok<BookingResponse>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "booking_id")] string bookingId,
        Caller caller,
        BookingFinder finder,
        CancellationToken cancellationToken) =>
        await finder.FindBookingAsync(bookingId, caller, cancellationToken) is { } saga
            ? TypedResults.Ok(BookingResponse.From(saga))
            : BookingFinder.BookingNotFound;
}
