using System.Globalization;
using Carter;
using Evently.Booking.Catalog;
using Evently.Booking.Holds;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Evently.Booking.Seats;

/// <summary>The seats of an event: as an array, streamed whole unless a page is asked for, or as the compact map.</summary>
internal sealed class ListEventSeats : ICarterModule
{
    public const string MapMediaType = "application/vnd.evently.seatmap+json";

    public void AddRoutes(IEndpointRouteBuilder app) => app.MapGet("/events/{event_id}/seats", HandleAsync)
        .Describe(
            "list_event_seats",
            "Seats",
            "List the seats of an event and what is for sale",
            $"Without limit and cursor: all seats. With Accept: {MapMediaType}: the compact map, one character a seat (A available, H held, B booked), with an ETag.")
        .QueryParameter("seat_type", "Only seats of this type.")
        .QueryParameter("seat_state", "Only seats in this state: available, held or booked.")
        .Paged()
        .Produces<IReadOnlyList<EventSeat>>()
        .Produces<SeatMapDocument>(StatusCodes.Status200OK, MapMediaType)
        .Produces(StatusCodes.Status304NotModified)
        .Fails(StatusCodes.Status400BadRequest, "validation_failed")
        .Fails(StatusCodes.Status404NotFound, "event_not_found")
        .Public();

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "event_id")] string eventId,
        HttpContext context,
        Caller caller,
        EventCatalog catalog,
        SeatMaps maps,
        OwnHoldings own,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (await catalog.FindAsync(eventId, cancellationToken) is not { } on)
            return HoldSeats.EventNotFound;
        context.Response.Headers.Vary = HeaderNames.Accept;
        if (WantsMap(context.Request))
            return new SeatMapResult(await maps.RenderAsync(on, cancellationToken));

        var errors = new ValidationErrors();
        var filter = ReadFilter(context.Request, errors);
        if (errors.Any)
            return errors.ToProblem();
        return new SeatListResult(on, await maps.GetAsync(on, cancellationToken), filter, await ShownAsync(on, caller, own, cancellationToken), time);
    }

    /// <summary>Whose seats are shown by name: everybody's to support, one's own to everybody else.</summary>
    private static async ValueTask<Func<Ulid, bool>> ShownAsync(OnSaleEvent on, Caller caller, OwnHoldings own, CancellationToken cancellationToken)
    {
        if (caller.IsStaff)
            return static _ => true;
        if (caller.IsAnonymous)
            return static _ => false;
        var mine = await own.OfEventAsync(caller.UserId, caller.CountedAs, on, cancellationToken);
        return mine.Contains;
    }

    private static bool WantsMap(HttpRequest request)
    {
        // The map has to be named; beside a list that is named too the heavier one is sent.
        double? map = null;
        double? list = null;
        foreach (var accepted in request.GetTypedHeaders().Accept)
        {
            var weight = accepted.Quality ?? 1;
            if (accepted.MediaType.Equals(MapMediaType, StringComparison.OrdinalIgnoreCase))
                map = weight;
            else if (accepted.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
                list = weight;
        }

        return map > 0 && !(list > map);
    }

    private static SeatFilter ReadFilter(HttpRequest request, ValidationErrors errors)
    {
        var query = request.Query;
        string? seatType = query.TryGetValue("seat_type", out var type) ? type.ToString() : null;
        string? state = query.TryGetValue("seat_state", out var stateText) ? stateText.ToString() : null;
        errors.Check(state is null or "available" or "held" or "booked", "seat_state", "must be available, held or booked.");
        if (!query.ContainsKey("limit") && !query.ContainsKey("cursor"))
            return new SeatFilter(seatType, state, 0, null);

        var page = PageRequest.Read(request, errors);
        var first = 0;
        if (page.After is { } after && !CanonicalNumber.TryParse(after, out first))
            errors.Add("cursor", "is not a cursor of this list.");
        return new SeatFilter(seatType, state, first, page.Limit);
    }
}

/// <param name="First">The ordinal to begin at.</param>
/// <param name="Limit">Null for all.</param>
internal sealed record SeatFilter(string? SeatType, string? State, int First, int? Limit);

/// <param name="Section">Null where there is no section.</param>
/// <param name="SeatState"><c>available</c>, <c>held</c> or <c>booked</c>.</param>
/// <param name="Price">Major units.</param>
/// <param name="BookingId">Null except for support, admin and the one whose it is.</param>
/// <param name="HoldingId">Null except for support, admin and the one whose it is.</param>
internal sealed record EventSeat(
    string EventId,
    string SeatPos,
    string? Section,
    string Row,
    int SeatNum,
    string SeatType,
    string SeatState,
    decimal Price,
    string Currency,
    string? BookingId,
    string? HoldingId);

/// <summary>The compact map, as documented; <see cref="CompactSeatMapRenderer"/> writes it.</summary>
internal sealed record SeatMapDocument(
    string EventId, long Version, string Currency, IReadOnlyDictionary<string, decimal> Prices, IReadOnlyList<SeatMapSection> Sections);

internal sealed record SeatMapSection(string Section, IReadOnlyList<SeatMapRow> Rows);

/// <param name="First">Number of the first seat; the following ones ascend without a gap.</param>
/// <param name="States">A character a seat: <c>A</c>, <c>H</c>, <c>B</c>.</param>
internal sealed record SeatMapRow(string Row, int First, string SeatType, string States);
