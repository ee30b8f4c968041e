using Evently.Shared.Ids;

namespace Evently.Booking.Ledger;

/// <param name="Unavailable">Every asked seat that somebody else has, in the order asked; empty when taken.</param>
internal sealed record TakeOutcome(bool Taken, IReadOnlyList<UnavailableSeat> Unavailable)
{
    public static readonly TakeOutcome Success = new(true, []);

    /// <summary>Nothing was taken, and not for the seats' sake.</summary>
    public bool IsUndecided => !Taken && Unavailable.Count == 0;
}

/// <param name="Reason"><c>held</c> or <c>booked</c>.</param>
internal sealed record UnavailableSeat(string SeatPos, string Reason)
{
    public static UnavailableSeat Of(string position, SeatClaim claim) => new(position, claim.IsBooked ? "booked" : "held");
}

/// <summary>A seat as the ledger has it.</summary>
/// <param name="Holding">Null when the seat is free.</param>
/// <param name="ExpiresAt">End of the hold; null when booked or free.</param>
internal sealed record SeatOwner(string Position, Ulid? Holding, bool IsBooked, DateTimeOffset? ExpiresAt)
{
    public static SeatOwner Of(string position, SeatClaim claim) =>
        new(position, claim.IsFree ? null : claim.Holding, claim.IsBooked, claim.ExpiresAt);
}
