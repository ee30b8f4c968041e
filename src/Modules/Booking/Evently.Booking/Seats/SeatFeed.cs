using Evently.Booking.Catalog;
using Evently.Booking.Ledger;
using Evently.Booking.Tally;

namespace Evently.Booking.Seats;

/// <summary>What the ledger tells this instance right after a commit: the snapshots of seats follow, and the sales are counted anew.</summary>
internal sealed class SeatFeed(SeatMaps maps, TallyBook tally)
{
    /// <summary>The snapshot and the place in its order before a read or a write begins; see <see cref="Observed"/>.</summary>
    public SeatMark Mark(OnSaleEvent on) => maps.Peek(on.Id) is { } map ? new SeatMark(map, map.Sequence) : default;

    /// <summary>Fills in what the snapshot has of the seats. False when there is no snapshot.</summary>
    public bool TryRecall(OnSaleEvent on, SeatWork[] work)
    {
        if (maps.Peek(on.Id) is not { IsLoaded: true } map)
            return false;
        for (var i = 0; i < work.Length; i++)
            work[i].Current = map.ClaimOf(work[i].Seat.Ordinal);
        return true;
    }

    /// <summary>A change was committed.</summary>
    public void Changed(OnSaleEvent on, SeatRule rule, SeatWork[] work)
    {
        // Looked up after the commit: a snapshot that begins to load later reads the change itself.
        maps.Peek(on.Id)?.Apply(rule.Holding, work);
        Touched(on);
    }

    /// <summary>
    /// Seats were read, or came back from a refused write, that began at <paramref name="mark"/>. A snapshot that began later has read the seats itself, and
    /// perhaps newer.
    /// </summary>
    public static void Observed(SeatWork[] work, SeatMark mark) => mark.Map?.Observe(work, mark.Sequence);

    public void Touched(OnSaleEvent on) => tally.Touch(on.EventId);
}

/// <param name="Map">Null: there was no snapshot.</param>
internal readonly record struct SeatMark(SeatMap? Map, long Sequence);
