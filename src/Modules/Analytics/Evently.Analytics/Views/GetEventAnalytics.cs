using Carter;
using Evently.Analytics.Catalog;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Evently.Analytics.Views;

/// <summary><c>GET /events/{event_id}/analytics</c>: an event's figures as they are now.</summary>
internal sealed class GetEventAnalytics : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) =>
        app.MapGet("/events/{event_id}/analytics", HandleAsync)
            .Describe(
                "get_event_analytics",
                "Analytics",
                "An event's figures",
                "For the event's organizer, support and admin. The figures follow bookings and holds within 5 seconds.")
            .RequireRole(Policies.SignedIn)
            .Produces<EventAnalytics>()
            .Fails(StatusCodes.Status403Forbidden, "forbidden")
            .Fails(StatusCodes.Status404NotFound, "event_not_found");

    private static async Task<IResult> HandleAsync(
        [Microsoft.AspNetCore.Mvc.FromRoute(Name = "event_id")] string eventId,
        Caller caller,
        EventReader events,
        FigureReader figures,
        CancellationToken cancellationToken)
    {
        if (!EventAccess.MayAsk(caller))
            return Problems.Forbidden();
        if (await events.FindAsync(eventId, cancellationToken) is not { } known)
            return EventAccess.NotFound(eventId);
        return EventAccess.MaySee(caller, known)
            ? TypedResults.Ok(EventAnalytics.From(await figures.ReadAsync(known, cancellationToken)))
            : Problems.Forbidden();
    }
}
