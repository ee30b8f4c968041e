using Carter;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Evently.Venues;

internal sealed class GetVenue : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapGet("/venue/{venue_id}", HandleAsync)
        .Describe("get_venue", VenuesModule.Tag, "Read a venue")
        .Fails(StatusCodes.Status404NotFound, "venue_not_found")
        .Public();

    private static async Task<Results<Ok<VenueResponse>, ProblemResult>> HandleAsync(
        [Microsoft.AspNetCore.Mvc.FromRoute(Name = "venue_id")] string venueId,
        VenueStore venues,
        CancellationToken cancellationToken) =>
        await venues.FindAsync(venueId, cancellationToken) is { } venue ? TypedResults.Ok(VenueResponse.From(venue)) : VenueStore.NotFound;
}
