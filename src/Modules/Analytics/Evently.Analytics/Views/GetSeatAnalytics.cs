using System.ComponentModel;
using System.Globalization;
using Carter;
using Evently.Analytics.Catalog;
using Evently.Analytics.Counting;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Money;
using Evently.Shared.Storage;
using Evently.Shared.Text;
using Evently.Venues.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Analytics.Views;

internal sealed record SeatAnalytics(
    string SeatPos,
    [property: Description("Null in a venue without sections.")] string? Section,
    string Row,
    int SeatNum,
    string SeatType,
    [property: Description("available, held or booked.")] string SeatState,
    decimal Price,
    string Currency,
    [property: Description("How often the seat was part of a confirmed booking.")] long TimesBooked,
    [property: Description("How often such a booking was cancelled.")] long TimesCancelled,
    [property: Description("Price of the booking that stands, if any.")] decimal Revenue,
    [property: Description("When the seat was last booked, cancelled since or not; null if never.")] DateTimeOffset? LastBookingTime);

/// <summary><c>GET /events/{event_id}/seats/analytics</c>: a row a seat, in plan order.</summary>
internal sealed class GetSeatAnalytics : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) =>
        app.MapGet("/events/{event_id}/seats/analytics", HandleAsync)
            .Describe(
                "get_seat_analytics",
                "Analytics",
                "An event's figures by seat",
                "Every seat of the plan, at most 100,000; in pages when `limit` or `cursor` is given.")
            .RequireRole(Policies.SignedIn)
            .QueryParameter("seat_type", "Only seats of this type.")
            .QueryParameter("seat_state", "Only seats in this state: `available`, `held` or `booked`.")
            .Paged()
            .Produces<IReadOnlyList<SeatAnalytics>>()
            .Fails(StatusCodes.Status400BadRequest, "validation_failed")
            .Fails(StatusCodes.Status403Forbidden, "forbidden")
            .Fails(StatusCodes.Status404NotFound, "event_not_found")
            .Fails(StatusCodes.Status503ServiceUnavailable, "unavailable");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "event_id")] string eventId,
        HttpContext context,
        Caller caller,
        EventReader events,
        SeatPlanReader plans,
        SeatFigureReader seats,
        Replica replica,
        CancellationToken cancellationToken)
    {
        if (!EventAccess.MayAsk(caller))
            return Problems.Forbidden();
        var errors = new ValidationErrors();
        var filter = SeatFilter.Read(context.Request, errors);
        if (errors.Any)
            return errors.ToProblem();
        if (await events.FindAsync(eventId, cancellationToken) is not { } known)
            return EventAccess.NotFound(eventId);
        if (!EventAccess.MaySee(caller, known))
            return Problems.Forbidden();

        PrefixedId.TryParse(eventId, "event", out var id);
        if (await replica.WaitForAsync(id, ct => plans.FindPartsAsync(eventId, ct), cancellationToken) is not { } parts)
            return Problems.Unavailable("The event's seat plan is still on its way.", TimeSpan.FromSeconds(1));
        var (rows, next) = await seats.ReadAsync(known, parts, filter, cancellationToken);
        PageRequest.LinkNext(context, next);
        return TypedResults.Ok(rows);
    }
}

/// <param name="Limit">Most rows; null for all.</param>
/// <param name="After">Ordinal of the seat to continue behind; -1 from the start.</param>
internal sealed record SeatFilter(string? SeatType, string? SeatState, int? Limit, int After)
{
    public static SeatFilter Read(HttpRequest request, ValidationErrors errors)
    {
        var query = request.Query;
        string? type = query.TryGetValue("seat_type", out var types) ? types.ToString() : null;
        string? state = query.TryGetValue("seat_state", out var states) ? states.ToString() : null;
        errors.Check(state is null or "available" or "held" or "booked", "seat_state", "must be available, held or booked.");
        if (!query.ContainsKey("limit") && !query.ContainsKey("cursor"))
            return new SeatFilter(type, state, null, -1);

        var page = PageRequest.Read(request, errors);
        var after = -1;
        if (page.After is not null && !CanonicalNumber.TryParse(page.After, out after))
            errors.Add("cursor", "is not a cursor of this list.");
        return new SeatFilter(type, state, page.Limit, after);
    }

    public bool Matches(string type, string state) => (SeatType is null || SeatType == type) && (SeatState is null || SeatState == state);
}

internal sealed class SeatFigureReader(ModuleTable<AnalyticsModule> table, FigureReader figures)
{
    public async ValueTask<(IReadOnlyList<SeatAnalytics> Rows, string? Next)> ReadAsync(
        KnownEvent known, IReadOnlyList<SeatPlanPart> parts, SeatFilter filter, CancellationToken cancellationToken)
    {
        var held = await figures.ReadHeldAsync(known, cancellationToken);
        var blocks = await ReadBlocksAsync(known.EventId, cancellationToken);
        List<SeatAnalytics> rows = [];
        var last = -1;
        foreach (var seat in SeatPlanReader.SeatsOf(parts).Skip(filter.After + 1))
        {
            var counts = SeatBlock.Read(blocks, known.EventId, seat.RowPath, seat.Number);
            var state = counts.IsBooked ? "booked" : held.IsHeld(seat.Ordinal) ? "held" : "available";
            if (!filter.Matches(seat.SeatType, state))
                continue;
            if (rows.Count == filter.Limit)
                return (rows, last.ToString(CultureInfo.InvariantCulture));
            rows.Add(ToRow(known, seat, counts, state));
            last = seat.Ordinal;
        }

        return (rows, null);
    }

    private static SeatAnalytics ToRow(KnownEvent known, PlannedSeat seat, SeatCounts counts, string state)
    {
        var price = Currency.ToMajor(known.Prices.GetValueOrDefault(seat.SeatType), known.Currency);
        return new SeatAnalytics(
            seat.Position,
            seat.Section.Length == 0 ? null : seat.Section,
            seat.Row,
            seat.Number,
            seat.SeatType,
            state,
            price,
            known.Currency,
            counts.Booked,
            counts.GivenBack,
            counts.IsBooked ? price : Currency.ToMajor(0, known.Currency),
            counts.LastBooking);
    }

    private async ValueTask<IReadOnlyDictionary<ItemKey, Item>> ReadBlocksAsync(string eventId, CancellationToken cancellationToken)
    {
        var blocks = new Dictionary<ItemKey, Item>();
        for (var shard = 0; shard < Keys.SeatShards; shard++)
        {
            await foreach (var item in table.ScanPartitionAsync(Keys.Seats(eventId, shard), SortRange.All, Consistency.Strong, cancellationToken))
                blocks[item.Key] = item;
        }

        return blocks;
    }
}
