using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Booking.Ledger;

internal enum SeatStep
{
    /// <summary>The seat is as it should be.</summary>
    Keep,
    Set,
    Clear,

    /// <summary>Somebody else's: the whole change fails.</summary>
    Refuse,
}

/// <summary>What is to be done with one seat, given what the ledger has; and the condition under which the write may do it.</summary>
/// <param name="Holding">On whose behalf.</param>
internal abstract record SeatRule(Ulid Holding)
{
    public abstract (SeatStep Step, SeatClaim Claim) Decide(SeatClaim current, DateTimeOffset now);

    /// <summary>Nothing about the seat has changed since it was looked at. Null: the change does not depend on this seat.</summary>
    public virtual Condition? Guard(string attribute, SeatStep step, SeatClaim current, DateTimeOffset now) => Unchanged(attribute, current);

    private static Condition Unchanged(string attribute, SeatClaim current) =>
        current.IsFree ? Condition.Absent(attribute) : Condition.Equal(attribute, current.Encode());

    /// <summary>Takes seats that are free or expired; needs no look at them first.</summary>
    public sealed record Take(SeatClaim Mine) : SeatRule(Mine.Holding)
    {
        public override (SeatStep Step, SeatClaim Claim) Decide(SeatClaim current, DateTimeOffset now)
        {
            if (IsMine(current))
                return (current.IsBooked || current == Mine ? SeatStep.Keep : SeatStep.Set, Mine);
            return current.IsTakenAt(now) ? (SeatStep.Refuse, current) : (SeatStep.Set, Mine);
        }

        // A repeat finds its first try's claim and puts its own, with the later end, in its place.
        private bool IsMine(SeatClaim current) => !current.IsFree && current.Holding == Holding;

        public override Condition? Guard(string attribute, SeatStep step, SeatClaim current, DateTimeOffset now) => step == SeatStep.Set && !IsMine(current)
            ? Condition.Any(Condition.Absent(attribute), Condition.Less(attribute, SeatClaim.ExpiredBelow(now)))
            : Unchanged(attribute, current);
    }

    /// <summary>Moves the expiry of the holding's own seats, whatever the clock says; a booked one needs none.</summary>
    public sealed record Extend(SeatClaim Mine) : SeatRule(Mine.Holding)
    {
        public override (SeatStep Step, SeatClaim Claim) Decide(SeatClaim current, DateTimeOffset now)
        {
            if (current.IsFree || current.Holding != Holding)
                return (SeatStep.Refuse, current);
            return current.IsBooked || current == Mine ? (SeatStep.Keep, current) : (SeatStep.Set, Mine);
        }
    }

    /// <summary>Books the holding's own seats, whatever the clock says.</summary>
    /// <param name="Retake">Also those that nobody has by now.</param>
    public sealed record Book(Ulid Holding, bool Retake) : SeatRule(Holding)
    {
        public override (SeatStep Step, SeatClaim Claim) Decide(SeatClaim current, DateTimeOffset now)
        {
            if (!current.IsFree && current.Holding == Holding)
                return (current.IsBooked ? SeatStep.Keep : SeatStep.Set, SeatClaim.Booked(Holding));
            return Retake && !current.IsTakenAt(now) ? (SeatStep.Set, SeatClaim.Booked(Holding)) : (SeatStep.Refuse, current);
        }
    }

    /// <summary>Frees what still is the holding's and leaves the rest alone.</summary>
    /// <param name="Only">Of the holding's claims this very one, if not null.</param>
    public sealed record Release(Ulid Holding, SeatClaim? Only = null) : SeatRule(Holding)
    {
        public override (SeatStep Step, SeatClaim Claim) Decide(SeatClaim current, DateTimeOffset now) =>
            !current.IsFree && current.Holding == Holding && (Only ?? current) == current ? (SeatStep.Clear, default) : (SeatStep.Keep, current);

        public override Condition? Guard(string attribute, SeatStep step, SeatClaim current, DateTimeOffset now) =>
            step == SeatStep.Keep ? null : Unchanged(attribute, current);
    }
}
