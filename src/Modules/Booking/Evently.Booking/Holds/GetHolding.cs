using Carter;
using Evently.Booking.Catalog;
using Evently.Booking.Ledger;
using Evently.Booking.Sagas;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Booking.Holds;

/// <param name="HoldTtl">Seconds until <paramref name="ExpiresAt"/>; 0 when the hold is over.</param>
/// <param name="State"><c>held</c>, <c>confirming</c>, <c>confirmed</c>, <c>expired</c> or <c>cancelled</c>.</param>
internal sealed record HoldingResponse(
    string HoldingId,
    string EventId,
    string UserId,
    IReadOnlyList<string> SeatsHeld,
    int HoldTtl,
    DateTimeOffset ExpiresAt,
    decimal Total,
    string Currency,
    string State)
{
    /// <param name="state">As it is now; a hold may be over before its saga noticed.</param>
    public static HoldingResponse From(BookingSaga saga, string state, DateTimeOffset now)
    {
        var remaining = state == "held" && saga.ExpiresAt > now ? saga.ExpiresAt - now : TimeSpan.Zero;
        return new HoldingResponse(
            saga.HoldingId,
            saga.EventId,
            saga.UserId,
            saga.Positions,
            (int)Math.Ceiling(remaining.TotalSeconds),
            saga.ExpiresAt,
            Shared.Money.Currency.ToMajor(saga.Total, saga.Currency),
            saga.Currency,
            state);
    }
}

internal sealed class GetHolding : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapGet("/holdings/{holding_id}", HandleAsync)
        .Describe("get_holding", HoldSeats.Tag, "Look at a holding")
        .Fails(StatusCodes.Status404NotFound, "holding_not_found")
        .RequireRole(Policies.SignedIn);

    private static async Task<Results<Ok<HoldingResponse>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "holding_id")] string holdingId,
        Caller caller,
        SagaTable<BookingModule, BookingSaga> sagas,
        EventCatalog catalog,
        SeatLedger ledger,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (!PrefixedId.TryParse(holdingId, BookingSaga.HoldingPrefix, out var holding)
            || await sagas.LoadAsync(holding.ToGuid(), cancellationToken) is not { } saga
            || !caller.MaySee(saga.UserId))
            return Problems.NotFound("holding_not_found", "There is no such holding.");

        var now = time.GetUtcNow();
        var state = saga.HoldingState;
        if (state == "held" && now >= saga.ExpiresAt && !await HasSeatsAsync(saga, catalog, ledger, cancellationToken))
            state = "expired";
        return TypedResults.Ok(HoldingResponse.From(saga, state, now));
    }

    /// <summary>State decides, not the clock: until somebody else takes a seat the hold can still be confirmed.</summary>
    private static async ValueTask<bool> HasSeatsAsync(BookingSaga saga, EventCatalog catalog, SeatLedger ledger, CancellationToken cancellationToken)
    {
        if (await catalog.FindAsync(saga.EventId, cancellationToken) is not { } on)
            return false;
        var owners = await ledger.ReadAsync(on, saga.Positions, cancellationToken);
        return owners.All(owner => owner.Holding == saga.Holding);
    }
}
