using System.Diagnostics;
using Evently.Booking.Catalog;
using Evently.Booking.Ledger;
using Evently.Booking.Sagas;
using Evently.Booking.Seats;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;

namespace Evently.Booking.Holds;

/// <summary>For whom seats are held.</summary>
/// <param name="CountedAs">Under which id limits on the person's seats count; see <see cref="Caller.CountedAs"/>.</param>
/// <param name="PlacedBy">Who asks; staff may for others.</param>
internal sealed record SeatBuyer(string UserId, string CountedAs, string PlacedBy);

internal abstract record HoldResult
{
    public sealed record Placed(BookingSaga Saga) : HoldResult;

    public sealed record SeatsUnavailable(IReadOnlyList<UnavailableSeat> Seats) : HoldResult;

    /// <param name="RetryAfter">When the next hold of the user ends.</param>
    public sealed record LimitReached(int Max, TimeSpan? RetryAfter) : HoldResult
    {
        public static HoldResult By(CapDecision decision) => decision switch
        {
            CapDecision.HoldLimit limit => new LimitReached(limit.Max, limit.RetryAfter),
            CapDecision.UserLimit limit => new UserLimitReached(limit.Max),
            _ => throw new InvalidOperationException($"{decision.GetType().Name} is no refusal."),
        };
    }

    public sealed record UserLimitReached(int Max) : HoldResult;

    public sealed record EventIsCancelled : HoldResult;
}

/// <summary>Decides whether a hold may be placed, and has it placed: the seats, the user's list, the saga.</summary>
internal sealed class SeatHolder(
    SeatSnapshots snapshots,
    HoldCap cap,
    HoldPlacement placement,
    SagaTable<BookingModule, BookingSaga> sagas,
    BookingActivities activities,
    IdGenerator ids,
    TimeProvider time)
{
    public ValueTask<HoldResult> HoldAsync(OnSaleEvent on, IReadOnlyList<PlanSeat> seats, string userId, string placedBy, CancellationToken cancellationToken) =>
        HoldAsync(on, seats, new SeatBuyer(userId, userId, placedBy), RequestIdentity.Unkept(ids.Next()), cancellationToken);

    /// <param name="identity">Its id becomes the holding's: a repeat goes on where its first try was cut off.</param>
    public async ValueTask<HoldResult> HoldAsync(
        OnSaleEvent on, IReadOnlyList<PlanSeat> seats, SeatBuyer buyer, RequestIdentity identity, CancellationToken cancellationToken)
    {
        using var activity = activities.StartHold(seats.Count);

        // The id says when the hold was placed, to everybody who counts holds by the minute.
        var holding = identity.Id;
        if (identity.IsRepeat && await sagas.LoadAsync(holding.ToGuid(), cancellationToken) is { } placed && placed.UserId == buyer.UserId)
            return new HoldResult.Placed(placed);
        if (!identity.IsRepeat && await snapshots.FindTakenAsync(on, seats, cancellationToken) is { Count: > 0 } gone)
            return new HoldResult.SeatsUnavailable(gone);
        var listed = identity.IsRepeat
            ? await cap.ReadAsync(buyer.CountedAs, on, cancellationToken)
            : await cap.RecallAsync(buyer.CountedAs, on, cancellationToken);
        var decision = listed.Has(holding) ? new CapDecision.Room(listed) : await cap.DecideAsync(listed, on, seats.Count, cancellationToken);
        if (decision is not CapDecision.Room { Holdings: var holdings })
            return HoldResult.LimitReached.By(decision);

        if (identity.IsUnkept)
            holding = Ulid.FromGuid(await sagas.NextIdAsync());
        var expiresAt = SeatClaim.RoundUp(time.GetUtcNow() + on.HoldDuration);
        return await placement.PlaceAsync(new NewHold(on, seats, SagaOf(on, seats, holding, expiresAt, buyer), buyer.CountedAs, holdings), cancellationToken);
    }

    private static BookingSaga SagaOf(OnSaleEvent on, IReadOnlyList<PlanSeat> seats, Ulid holding, DateTimeOffset expiresAt, SeatBuyer buyer)
    {
        var priced = new List<SagaSeat>(seats.Count);
        long total = 0;
        foreach (var seat in seats)
        {
            var price = on.Prices[seat.SeatType];
            total = checked(total + price);
            priced.Add(new SagaSeat(seat.Position, seat.SeatType, price));
        }

        var saga = new BookingSaga
        {
            CorrelationId = holding.ToGuid(),
            EventId = on.EventId,
            EventName = on.Name,
            UserId = buyer.UserId,
            PlacedBy = buyer.PlacedBy,
            Seats = priced,
            Total = total,
            Currency = on.Currency,
            HeldAt = holding.Time,
            ExpiresAt = expiresAt,
            DueAt = expiresAt,
            Since = holding.Time,
        };
        saga.Remember(new TimelineEntry(saga.State, holding.Time, "HoldPlaced", null, Activity.Current?.TraceId.ToHexString(), buyer.PlacedBy, null));
        return saga;
    }
}
