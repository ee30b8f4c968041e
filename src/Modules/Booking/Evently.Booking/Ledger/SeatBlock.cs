using System.Globalization;
using Evently.Booking.Catalog;
using Evently.Shared.Storage;

namespace Evently.Booking.Ledger;

/// <summary>The ledger item of a block: one attribute a taken seat. The item itself appears with its first taken seat.</summary>
internal static class SeatBlock
{
    private static readonly string[] Attributes =
        [.. Enumerable.Range(0, SeatPlan.BlockSeats).Select(slot => string.Create(CultureInfo.InvariantCulture, $"s{slot}"))];

    public static ItemKey KeyOf(PlanBlock block) => new(block.Partition, block.Sort);

    public static string AttributeOf(int slot) => Attributes[slot];

    public static SeatClaim ClaimOf(Item? item, int slot) => item is null ? default : SeatClaim.Decode(item[Attributes[slot]]);

    /// <summary>The write that carries the decided steps out on one block's seats, or only guards them; null when neither is called for.</summary>
    public static Write? WriteOf(PlanBlock block, SeatRule rule, ReadOnlySpan<SeatWork> work, DateTimeOffset now)
    {
        var guards = new List<Condition>(work.Length);
        var changes = new List<Change>(work.Length);
        foreach (ref readonly var seat in work)
        {
            var attribute = Attributes[seat.Seat.Slot];
            if (rule.Guard(attribute, seat.Step, seat.Current, now) is { } guard)
                guards.Add(guard);
            if (seat.Step == SeatStep.Set)
                changes.Add(Change.Set(attribute, seat.Next.Encode()));
            else if (seat.Step == SeatStep.Clear)
                changes.Add(Change.Remove(attribute));
        }

        if (guards.Count == 0)
            return null;
        return changes.Count == 0
            ? Write.Check(KeyOf(block), Condition.All(guards))
            : Write.Update(KeyOf(block), changes, Condition.All(guards));
    }
}

/// <summary>One seat of a change: what the ledger has, as far as is known, and what shall become of it.</summary>
internal record struct SeatWork(PlanSeat Seat)
{
    public SeatClaim Current { get; set; }

    public SeatStep Step { get; set; }

    public SeatClaim Next { get; set; }
}
