using Evently.Booking.Catalog;
using Evently.Booking.Ledger;
using Evently.Booking.Sagas;

namespace Evently.Booking.Holds;

/// <summary>A hold that the limits allow, on its way into the books.</summary>
/// <param name="CountedAs">See <see cref="SeatBuyer"/>.</param>
/// <param name="Holdings">The user's list, as read, with room for it.</param>
internal sealed record NewHold(OnSaleEvent On, IReadOnlyList<PlanSeat> Seats, BookingSaga Saga, string CountedAs, UserHoldings Holdings)
{
    public SeatClaim Claim { get; } = SeatClaim.Held(Saga.Holding, Saga.ExpiresAt);

    public HoldingReference Reference => new(Saga.Holding, Claim.Until, Seats.Count);
}

/// <summary>Places holds: all of seats, user's list and saga, or none of them. One way for each kind of store.</summary>
internal abstract class HoldPlacement
{
    /// <param name="cancellationToken">Counts until the seats are taken: a client that hangs up must not leave half a hold behind.</param>
    public abstract ValueTask<HoldResult> PlaceAsync(NewHold hold, CancellationToken cancellationToken);
}
