using System.ComponentModel.DataAnnotations;
using Carter;
using Evently.Booking.Catalog;
using Evently.Booking.Sagas;
using Evently.Booking.Tally;
using Evently.Shared.Http;
using Evently.Shared.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Booking.Holds;

/// <param name="Seats">Positions; repeated ones count once.</param>
/// <param name="UserId">For whom; another user than the caller: support and admin only.</param>
internal sealed record HoldSeatsRequest([property: Required] IReadOnlyList<string?>? Seats = null, string? UserId = null);

/// <param name="HoldTtl">Seconds that the hold lasts.</param>
/// <param name="Total">Major units of <paramref name="Currency"/>.</param>
internal sealed record HoldResponse(
    string HoldingId,
    string EventId,
    string UserId,
    IReadOnlyList<string> SeatsHeld,
    int HoldTtl,
    DateTimeOffset ExpiresAt,
    decimal Total,
    string Currency)
{
    public static HoldResponse From(BookingSaga saga, TimeSpan duration) => new(
        saga.HoldingId,
        saga.EventId,
        saga.UserId,
        saga.Positions,
        (int)Math.Round(duration.TotalSeconds),
        saga.ExpiresAt,
        Shared.Money.Currency.ToMajor(saga.Total, saga.Currency),
        saga.Currency);
}

internal sealed class HoldSeats : ICarterModule
{
    internal const string Tag = "Holds";

    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPost("/events/{event_id}/hold", HandleAsync)
        .Describe("hold_seats", Tag, "Hold seats", "Takes all the seats for the caller or none of them, at the prices of this moment, until expires_at.")
        .Fails(StatusCodes.Status400BadRequest, "no_seats", "too_many_seats", "unknown_seats", "validation_failed")
        .Fails(StatusCodes.Status404NotFound, "event_not_found", "user_not_found")
        .Fails(StatusCodes.Status409Conflict, "seats_unavailable", "sales_not_open", "sales_closed", "event_cancelled", "user_seat_limit")
        .Fails(StatusCodes.Status429TooManyRequests, "hold_limit")
        .RequireRole(Policies.SignedIn);

    internal static ProblemResult EventNotFound => Problems.NotFound("event_not_found", "There is no such event.");

    private static async Task<Results<Created<HoldResponse>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "event_id")] string eventId,
        HoldSeatsRequest request,
        Caller caller,
        RequestIdentity identity,
        EventCatalog catalog,
        KnownUsers users,
        SeatHolder holder,
        TallyBook tally,
        HoldMetrics metrics,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var userId = request.UserId ?? caller.UserId;
        var actsForOther = !string.Equals(userId, caller.UserId, StringComparison.Ordinal);
        if (actsForOther && !caller.IsStaff)
            return Problems.Forbidden();
        if (request.Seats is not { Count: > 0 } asked)
            return Problems.BadRequest("no_seats", "Name at least one seat.");
        if (await catalog.FindAsync(eventId, cancellationToken) is not { } on)
            return EventNotFound;
        var (seats, invalid) = Resolve(on, asked);
        if (invalid is not null)
            return invalid;
        var countedAs = actsForOther ? await users.FindCountedAsAsync(userId, cancellationToken) : caller.CountedAs;
        if (countedAs is null)
            return Problems.NotFound("user_not_found", "There is no such user.");

        var (placed, refusal) = CheckSale(on, time.GetUtcNow()) is { } closed
            ? (null, closed)
            : Answer(await holder.HoldAsync(on, seats, new SeatBuyer(userId, countedAs, caller.UserId), identity, cancellationToken));
        if (refusal is not null)
        {
            tally.Refuse(on.EventId, time.GetUtcNow());
            metrics.Refused(refusal.Code);
            return refusal;
        }

        metrics.Won();
        return TypedResults.Created($"/holdings/{placed!.HoldingId}", HoldResponse.From(placed, on.HoldDuration));
    }

    /// <summary>The seats, each once, in the order asked; or what is wrong with the request.</summary>
    private static (IReadOnlyList<PlanSeat> Seats, ProblemResult? Invalid) Resolve(OnSaleEvent on, IReadOnlyList<string?> asked)
    {
        var positions = new HashSet<string>(StringComparer.Ordinal);
        var seats = new List<PlanSeat>();
        var unknown = new List<string>();
        foreach (var position in asked)
        {
            if (position is null)
                return ([], Problems.BadRequest("validation_failed", "A seat is null.", ("errors", new Dictionary<string, string[]> { ["seats"] = ["must be positions, such as A-1."] })));
            if (!positions.Add(NormalizedOf(position)))
                continue;
            if (positions.Count > on.MaxSeatsPerBooking)
                return ([], Problems.BadRequest("too_many_seats", $"At most {on.MaxSeatsPerBooking} seats can be held at once.", ("max", on.MaxSeatsPerBooking)));
            if (on.Plan.TryGetSeat(position, out var seat) || on.Plan.TryGetSeat(NormalizedOf(position), out seat))
                seats.Add(seat);
            else
                unknown.Add(position);
        }

        return unknown.Count == 0
            ? (seats, null)
            : ([], Problems.BadRequest("unknown_seats", "The event has no such seats: " + string.Join(", ", unknown) + ".", ("seats", unknown)));
    }

    /// <summary>A position in two Unicode forms is one; plans from before that rule may hold either.</summary>
    private static string NormalizedOf(string position) =>
        ValidationErrors.IsCleanText(position, multiline: false) ? IdentifierText.Normalize(position) : position;

    internal static ProblemResult? CheckSale(OnSaleEvent on, DateTimeOffset now)
    {
        if (on.IsCancelled)
            return Cancelled;
        if (on.SalesOpenAt is { } opensAt && now < opensAt)
            return Problems.Conflict("sales_not_open", $"Sales open at {Rfc3339.Format(opensAt)}.", ("opens_at", Rfc3339.Format(opensAt)));
        return on.SalesCloseAt is { } closedAt && now >= closedAt
            ? Problems.Conflict("sales_closed", $"Sales closed at {Rfc3339.Format(closedAt)}.", ("closed_at", Rfc3339.Format(closedAt)))
            : null;
    }

    private static (BookingSaga? Placed, ProblemResult? Refusal) Answer(HoldResult result) => result switch
    {
        HoldResult.Placed placed => (placed.Saga, null),
        HoldResult.SeatsUnavailable gone => (null, Problems.Conflict("seats_unavailable", "Somebody else has some of these seats.", ("unavailable", gone.Seats))),
        HoldResult.EventIsCancelled => (null, Cancelled),
        HoldResult.UserLimitReached limit => (null, Problems.Conflict(
            "user_seat_limit", $"One person may have at most {limit.Max} seats of this event.", ("max", limit.Max))),
        HoldResult.LimitReached limit => (null, Problems.Of(
            StatusCodes.Status429TooManyRequests,
            "hold_limit",
            $"A user may hold at most {limit.Max} seats of this event at a time.") with { RetryAfter = limit.RetryAfter ?? TimeSpan.FromSeconds(1) }),
        _ => throw new InvalidOperationException($"No answer for {result.GetType().Name}."),
    };

    private static ProblemResult Cancelled => Problems.Conflict("event_cancelled", "The event is cancelled.");
}
