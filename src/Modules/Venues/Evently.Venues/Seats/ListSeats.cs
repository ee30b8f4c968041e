using System.Globalization;
using Carter;
using Evently.Shared.Http;
using Evently.Shared.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Venues.Seats;

/// <param name="Section">Null where there is no section.</param>
internal sealed record SeatResponse(string VenueId, string SeatPos, string? Section, string Row, int SeatNum, string SeatType)
{
    public static SeatResponse From(string venueId, StoredRun run, int number) =>
        new(venueId, SeatPosition.Format(run.Section, run.Row, number), run.Section.Length == 0 ? null : run.Section, run.Row, number, run.SeatType);
}

internal sealed class ListSeats : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapGet("/venue/{venue_id}/seats", HandleAsync)
        .Describe("list_venue_seats", VenuesModule.Tag, "List the seats of a venue", "In the order in which they were added, rows kept together.")
        .Paged()
        .Fails(StatusCodes.Status400BadRequest, "validation_failed")
        .Fails(StatusCodes.Status404NotFound, "venue_not_found")
        .Public();

    private static async Task<Results<Ok<IReadOnlyList<SeatResponse>>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "venue_id")] string venueId,
        HttpContext context,
        VenueStore venues,
        CancellationToken cancellationToken)
    {
        var errors = new ValidationErrors();
        var page = PageRequest.Read(context.Request, errors);
        var place = SeatPlace.Start;
        if (page.After is { } after)
            errors.Check(SeatPlace.TryParse(after, out place), "cursor", "is not a cursor of this list.");
        if (errors.Any)
            return errors.ToProblem();
        if (await venues.FindAsync(venueId, cancellationToken) is not { } venue)
            return VenueStore.NotFound;

        var seats = new List<SeatResponse>(page.Limit);
        var next = await FillAsync(seats, venueId, place, page.Limit, venue.HasRemovals, venues, cancellationToken);
        PageRequest.LinkNext(context, next?.ToString());
        return TypedResults.Ok<IReadOnlyList<SeatResponse>>(seats);
    }

    /// <returns>Where the next page starts; null when there is none.</returns>
    private static async Task<SeatPlace?> FillAsync(List<SeatResponse> seats, string venueId, SeatPlace place, int limit, bool hasRemovals, VenueStore venues, CancellationToken cancellationToken)
    {
        var removals = RemovedSeats.None;
        await foreach (var part in venues.ReadPartsAsync(venueId, place.Part, cancellationToken))
        {
            var isFirst = part.Part == place.Part;
            if (isFirst && hasRemovals)
                removals = await RemovedSeats.ReadAsync(venueId, venues, cancellationToken);
            for (var index = isFirst ? place.Run : 0; index < part.Runs.Count; index++)
            {
                var run = part.Runs[index];
                if (run.IsRemoval)
                    continue;
                var offset = isFirst && index == place.Run ? place.Seat : 0;
                for (var number = run.First + offset; number <= run.Last; number++)
                {
                    if (removals.Concern(run, number))
                        continue;
                    if (seats.Count == limit)
                        return new SeatPlace(part.Part, index, number - run.First);
                    seats.Add(SeatResponse.From(venueId, run, number));
                }
            }
        }

        return null;
    }
}

/// <summary>What was taken out of a venue, by row; a run is concerned by removals of a later version.</summary>
internal sealed class RemovedSeats
{
    public static readonly RemovedSeats None = new();

    private readonly Dictionary<(string Section, string Row), List<StoredRun>> _rows = [];

    public static async ValueTask<RemovedSeats> ReadAsync(string venueId, VenueStore venues, CancellationToken cancellationToken)
    {
        var removed = new RemovedSeats();
        await foreach (var part in venues.ReadPartsAsync(venueId, firstPart: 0, cancellationToken))
        {
            foreach (var run in part.Runs.Where(run => run.IsRemoval))
            {
                if (!removed._rows.TryGetValue((run.Section, run.Row), out var row))
                    removed._rows[(run.Section, run.Row)] = row = [];
                row.Add(run);
            }
        }

        return removed;
    }

    public bool Concern(StoredRun run, int number) =>
        _rows.TryGetValue((run.Section, run.Row), out var row)
        && row.Exists(removal => removal.Version > run.Version && number >= removal.First && number <= removal.Last);
}

/// <summary>A place in a venue's list of seats. Seats are only ever added behind the last one, and removed ones keep their place, so a place keeps its meaning.</summary>
/// <param name="Run">Index of the run in its part.</param>
/// <param name="Seat">Index of the seat in its run.</param>
internal readonly record struct SeatPlace(int Part, int Run, int Seat)
{
    public static readonly SeatPlace Start;

    public static bool TryParse(string text, out SeatPlace place)
    {
        place = Start;
        Span<int> numbers = stackalloc int[3];
        var count = 0;
        foreach (var range in text.AsSpan().Split('.'))
        {
            if (count == numbers.Length || !CanonicalNumber.TryParse(text.AsSpan()[range], out numbers[count]) || numbers[count] > VenueLimits.Seats)
                return false;
            count++;
        }

        place = new SeatPlace(numbers[0], numbers[1], numbers[2]);
        return count == numbers.Length;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Part}.{Run}.{Seat}");
}
