using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Evently.Booking.Catalog;
using Evently.Booking.Holds;
using Evently.Booking.Ledger;
using Evently.Booking.Sagas;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Money;
using Microsoft.AspNetCore.Http;

namespace Evently.Booking.Seats;

/// <summary>Streams the seats of one moment as an array, so that 100,000 of them are never in memory as text.</summary>
internal sealed class SeatListResult(OnSaleEvent on, SeatMap map, SeatFilter filter, Func<Ulid, bool> showsOwner, TimeProvider time) : IResult
{
    private const int FlushBytes = 32 * 1024;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var until = ArrayPool<long>.Shared.Rent(on.Plan.SeatCount);
        var holdings = ArrayPool<Ulid>.Shared.Rent(on.Plan.SeatCount);
        try
        {
            map.CopyTo(until, holdings);
            var now = time.GetUtcNow();
            PageRequest.LinkNext(httpContext, FindNext(until, now));
            httpContext.Response.ContentType = "application/json; charset=utf-8";
            await WriteAsync(httpContext, until, holdings, now);
        }
        finally
        {
            ArrayPool<long>.Shared.Return(until);
            ArrayPool<Ulid>.Shared.Return(holdings);
        }
    }

    private async Task WriteAsync(HttpContext httpContext, long[] until, Ulid[] holdings, DateTimeOffset now)
    {
        var body = httpContext.Response.BodyWriter;
        await using var json = new Utf8JsonWriter(body);
        json.WriteStartArray();
        var left = filter.Limit ?? int.MaxValue;
        for (var ordinal = filter.First; ordinal < on.Plan.SeatCount && left > 0; ordinal++)
        {
            var claim = new SeatClaim(until[ordinal], holdings[ordinal]);
            if (!MatchesState(claim, now) || on.Plan.Seats[ordinal] is var seat && !MatchesType(seat))
                continue;
            JsonSerializer.Serialize(json, ToResponse(seat, claim, now), HoldsJson.Default.EventSeat);
            left--;
            if (json.BytesPending < FlushBytes)
                continue;
            await json.FlushAsync(httpContext.RequestAborted);
            await body.FlushAsync(httpContext.RequestAborted);
        }

        json.WriteEndArray();
    }

    /// <summary>The place of the page behind this one; null when there is none, and for the whole list.</summary>
    private string? FindNext(long[] until, DateTimeOffset now)
    {
        if (filter.Limit is not { } left)
            return null;
        for (var ordinal = filter.First; ordinal < on.Plan.SeatCount; ordinal++)
        {
            var matches = MatchesState(new SeatClaim(until[ordinal], default), now) && MatchesType(on.Plan.Seats[ordinal]);
            if (matches && left-- == 0)
                return ordinal.ToString(CultureInfo.InvariantCulture);
        }

        return null;
    }

    private bool MatchesState(SeatClaim claim, DateTimeOffset now) => filter.State is null || filter.State == StateOf(claim, now);

    private bool MatchesType(PlanSeat seat) => filter.SeatType is null || filter.SeatType == seat.SeatType;

    private EventSeat ToResponse(PlanSeat seat, SeatClaim claim, DateTimeOffset now)
    {
        var owner = claim.IsTakenAt(now) && showsOwner(claim.Holding) ? claim.Holding : (Ulid?)null;
        return new EventSeat(
            on.EventId,
            seat.Position,
            seat.Section.Length == 0 ? null : seat.Section,
            seat.Row,
            seat.Number,
            seat.SeatType,
            StateOf(claim, now),
            Currency.ToMajor(on.Prices[seat.SeatType], on.Currency),
            on.Currency,
            owner is { } booked && claim.IsBooked ? PrefixedId.Format(BookingSaga.BookingPrefix, booked) : null,
            owner is { } holding ? PrefixedId.Format(BookingSaga.HoldingPrefix, holding) : null);
    }

    private static string StateOf(SeatClaim claim, DateTimeOffset now) => claim.IsBooked ? "booked" : claim.IsTakenAt(now) ? "held" : "available";
}
