using Carter;
using Evently.Booking.Bookings;
using Evently.Booking.Sagas;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Booking.Support;

internal sealed class ShowSupportBooking : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapGet("/support/bookings/{booking_id}", HandleAsync)
        .Describe(
            "show_support_booking",
            "Support",
            "Everything about one booking",
            "Also of a hold that never came to a payment, and by the holding's id. `actions` names what can be done now.")
        .Fails(StatusCodes.Status404NotFound, BookingFinder.BookingNotFoundCode)
        .RequireRole(Policies.Support);

    private static async Task<Results<Ok<SupportBookingResponse>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "booking_id")] string bookingId,
        SupportFinder finder,
        BookingSeats seats,
        TimeProvider time,
        CancellationToken cancellationToken) =>
        await finder.FindAsync(bookingId, cancellationToken) is { } saga
            ? TypedResults.Ok(SupportBookingResponse.From(saga, await seats.OwnersAsync(saga, cancellationToken), time.GetUtcNow()))
            : BookingFinder.BookingNotFound;
}
