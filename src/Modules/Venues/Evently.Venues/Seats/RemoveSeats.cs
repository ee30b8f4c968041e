using Carter;
using Evently.Shared.Http;
using Evently.Shared.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Venues.Seats;

/// <summary>Seats by their positions, or whole rows; never both.</summary>
internal sealed record RemoveSeatsRequest(IReadOnlyList<string?>? Seats = null, IReadOnlyList<RemovedRowRequest?>? Rows = null);

internal sealed record RemovedRowRequest(string? Row = null, string? Section = null);

internal sealed record SeatsRemovedResponse(int SeatsRemoved);

internal sealed class RemoveSeats : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapDelete("/venue/{venue_id}/seats", HandleAsync)
        .Describe(
            "remove_seats",
            VenuesModule.Tag,
            "Take seats out of a venue",
            "`seats` by their positions or `rows` whole: all of them, or none. Events that exist keep theirs. The venue's owner or an admin.")
        .MaxBody(VenueLimits.SeatsBodyBytes)
        .Fails(StatusCodes.Status400BadRequest, "validation_failed", "unknown_seats")
        .Fails(StatusCodes.Status403Forbidden, "not_owner")
        .Fails(StatusCodes.Status404NotFound, "venue_not_found")
        .RequireRole(Policies.Organizer);

    private static async Task<Results<Ok<SeatsRemovedResponse>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "venue_id")] string venueId,
        [FromBody] RemoveSeatsRequest request,
        Caller caller,
        SeatPlanWriter writer,
        CancellationToken cancellationToken)
    {
        var errors = new ValidationErrors();
        var unwanted = Read(request, errors);
        if (errors.Any)
            return errors.ToProblem();
        var (removed, problem) = await writer.RemoveAsync(venueId, caller, unwanted, cancellationToken);
        return problem is not null ? problem : TypedResults.Ok(new SeatsRemovedResponse(removed));
    }

    internal static List<UnwantedSeats> Read(RemoveSeatsRequest request, ValidationErrors errors)
    {
        var unwanted = new List<UnwantedSeats>();
        if ((request.Seats is null) == (request.Rows is null))
            errors.Add("seats", "or rows must be given, not both.");
        else if ((request.Seats?.Count ?? request.Rows!.Count) is 0 or > VenueLimits.Seats)
            errors.Add(request.Seats is null ? "rows" : "seats", $"must have 1 to {VenueLimits.Seats} entries.");
        else if (request.Seats is { } seats)
            ReadAll(seats, "seats", "must be a position, such as A-1 or SECTION/A-1.", SeatPosition.TryParse, unwanted, errors);
        else
            ReadAll(request.Rows!, "rows", "must name a row, and its section where there is one.", TryRead, unwanted, errors);
        return unwanted;
    }

    private delegate bool Reader<T>(T entry, out UnwantedSeats? seats);

    private static void ReadAll<T>(
        IReadOnlyList<T> entries, string member, string message, Reader<T> read, List<UnwantedSeats> unwanted, ValidationErrors errors)
    {
        var reported = 0;
        for (var i = 0; i < entries.Count && reported < VenueLimits.ReportedErrors; i++)
        {
            if (read(entries[i], out var seats))
            {
                unwanted.Add(seats!);
                continue;
            }

            errors.Add($"{member}[{i}]", message);
            reported++;
        }
    }

    private static bool TryRead(RemovedRowRequest? row, out UnwantedSeats? seats)
    {
        seats = null;
        if (row?.Row is not { } name || !SeatPosition.IsRow(name) || (row.Section is { } section && !SeatPosition.IsSection(section)))
            return false;
        seats = new UnwantedSeats(IdentifierText.Normalize(row.Section ?? ""), name, Number: null);
        return true;
    }
}
