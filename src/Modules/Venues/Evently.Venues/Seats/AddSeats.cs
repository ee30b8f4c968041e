using System.ComponentModel.DataAnnotations;
using Carter;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Evently.Shared.Text;

namespace Evently.Venues.Seats;

/// <summary>Seats one by one, or whole rows; never both.</summary>
internal sealed record AddSeatsRequest(IReadOnlyList<SeatRequest?>? Seats = null, IReadOnlyList<RowRequest?>? Rows = null);

internal sealed record SeatRequest(
    [property: Required] string? Row = null,
    [property: Required] int? SeatNum = null,
    [property: Required] string? SeatType = null,
    string? Section = null);

/// <summary>The seats <paramref name="First"/> to <paramref name="Last"/> of a row, both included.</summary>
internal sealed record RowRequest(
    string? Section = null,
    [property: Required] string? Row = null,
    [property: Required] int? First = null,
    [property: Required] int? Last = null,
    [property: Required] string? SeatType = null);

internal sealed record SeatsAddedResponse(int SeatsAdded);

internal sealed class AddSeats : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPost("/venue/{venue_id}/seats", HandleAsync)
        .Describe("add_seats", VenuesModule.Tag, "Add seats to a venue", "`seats` one by one (answered by the array of seats) or `rows` (answered by `seats_added`): all of them, or none. Events that exist already do not sell them. The venue's owner or an admin.")
        .Produces<IReadOnlyList<SeatResponse>>(StatusCodes.Status201Created)
        .Produces<SeatsAddedResponse>(StatusCodes.Status201Created)
        .MaxBody(VenueLimits.SeatsBodyBytes)
        .Fails(StatusCodes.Status400BadRequest, "validation_failed", "unknown_seat_type", "too_many_seats")
        .Fails(StatusCodes.Status403Forbidden, "not_owner")
        .Fails(StatusCodes.Status404NotFound, "venue_not_found")
        .Fails(StatusCodes.Status409Conflict, "seat_exists")
        .RequireRole(Policies.Organizer);

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "venue_id")] string venueId,
        AddSeatsRequest request,
        Caller caller,
        SeatPlanWriter writer,
        CancellationToken cancellationToken)
    {
        var errors = new ValidationErrors();
        var wanted = Read(request, errors);
        if (errors.Any)
            return errors.ToProblem();
        if (await writer.AddAsync(venueId, caller, wanted, cancellationToken) is { } problem)
            return problem;

        var location = $"/venue/{venueId}/seats";
        return request.Seats is null
            ? TypedResults.Created(location, new SeatsAddedResponse(wanted.Sum(run => run.Count)))
            : TypedResults.Created<IReadOnlyList<SeatResponse>>(location, wanted.ConvertAll(run => SeatResponse.From(venueId, run, run.First)));
    }

    /// <summary>The wanted seats in the request's order, a run each; empty and with errors when any is wrong.</summary>
    internal static List<StoredRun> Read(AddSeatsRequest request, ValidationErrors errors)
    {
        var runs = new List<StoredRun>();
        if ((request.Seats is null) == (request.Rows is null))
            errors.Add("seats", "or rows must be given, not both.");
        else if ((request.Seats?.Count ?? request.Rows!.Count) is 0 or > VenueLimits.Seats)
            errors.Add(request.Seats is null ? "rows" : "seats", $"must have 1 to {VenueLimits.Seats} entries.");
        else if (request.Seats is { } seats)
            ReadSeats(seats, runs, errors);
        else
            ReadRows(request.Rows!, runs, errors);
        return runs;
    }

    private static void ReadSeats(IReadOnlyList<SeatRequest?> seats, List<StoredRun> runs, ValidationErrors errors)
    {
        runs.EnsureCapacity(seats.Count);
        var reported = 0;
        for (var i = 0; i < seats.Count && reported < VenueLimits.ReportedErrors; i++)
        {
            var seat = seats[i] ?? new SeatRequest();
            var wrong = NameError(seat.Section, seat.Row, seat.SeatType) ?? NumberError("seat_num", seat.SeatNum);
            if (wrong is var (member, message))
            {
                errors.Add($"seats[{i}].{member}", message);
                reported++;
            }
            else
            {
                var number = seat.SeatNum!.Value;
                runs.Add(new StoredRun(IdentifierText.Normalize(seat.Section ?? ""), seat.Row!, number, number, IdentifierText.Normalize(seat.SeatType!), Version: 0));
            }
        }
    }

    private static void ReadRows(IReadOnlyList<RowRequest?> rows, List<StoredRun> runs, ValidationErrors errors)
    {
        var reported = 0;
        for (var i = 0; i < rows.Count && reported < VenueLimits.ReportedErrors; i++)
        {
            var row = rows[i] ?? new RowRequest();
            var wrong = NameError(row.Section, row.Row, row.SeatType) ?? NumberError("first", row.First) ?? NumberError("last", row.Last)
                ?? (row.First > row.Last ? ("last", "must not be less than first.") : null);
            if (wrong is var (member, message))
            {
                errors.Add($"rows[{i}].{member}", message);
                reported++;
            }
            else
            {
                runs.Add(new StoredRun(
                    IdentifierText.Normalize(row.Section ?? ""), row.Row!, row.First!.Value, row.Last!.Value, IdentifierText.Normalize(row.SeatType!), Version: 0));
            }
        }
    }

    private static (string Member, string Message)? NameError(string? section, string? row, string? seatType)
    {
        if (section is not null && !SeatPosition.IsSection(section))
            return ("section", $"must have 1 to {VenueLimits.Section} characters, none of them '/', a control character or invisible.");
        if (row is null || !SeatPosition.IsRow(row))
            return ("row", $"must have 1 to {VenueLimits.Row} letters (A to Z, a to z) or digits.");
        if (string.IsNullOrWhiteSpace(seatType) || seatType.Length > VenueLimits.SeatType || !ValidationErrors.IsCleanText(seatType, multiline: false))
            return ("seat_type", $"must have 1 to {VenueLimits.SeatType} characters.");
        return null;
    }

    private static (string Member, string Message)? NumberError(string member, int? number) =>
        number is { } value && SeatPosition.IsNumber(value) ? null : (member, $"must be a whole number from 1 to {VenueLimits.SeatNumber}.");
}
