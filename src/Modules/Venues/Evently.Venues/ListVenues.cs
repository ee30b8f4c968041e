using Carter;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Evently.Venues;

internal sealed class ListVenues : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapGet("/venue", HandleAsync)
        .Describe("list_venues", VenuesModule.Tag, "List venues", "In the order of their creation.")
        .QueryParameter("city", "Only venues of this city, in whatever case it is written.")
        .Paged()
        .Fails(StatusCodes.Status400BadRequest, "validation_failed")
        .Public();

    private static async Task<Results<Ok<IReadOnlyList<VenueResponse>>, ProblemResult>> HandleAsync(
        HttpContext context,
        VenueStore venues,
        CancellationToken cancellationToken)
    {
        var errors = new ValidationErrors();
        var page = PageRequest.Read(context.Request, errors);
        if (page.After is { } after)
            errors.Check(PrefixedId.TryParse(after, VenuesModule.IdPrefix, out _), "cursor", "is not a cursor of this list.");
        string? city = null;
        if (context.Request.Query.TryGetValue("city", out var cities))
        {
            city = cities.ToString();
            errors.Text(city, "city", 1, VenueLimits.City);
        }

        if (errors.Any)
            return errors.ToProblem();
        var (found, next) = await venues.ListAsync(city, page, cancellationToken);
        PageRequest.LinkNext(context, next);
        return TypedResults.Ok<IReadOnlyList<VenueResponse>>(found.ConvertAll(VenueResponse.From));
    }
}
