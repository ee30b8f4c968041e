using Evently.Booking.Catalog;
using Evently.Booking.Ledger;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Booking.Seats;

/// <summary>
/// This instance's snapshot of one event's seats. Its own writes arrive right after they committed, those of others by reads; a read never
/// overwrites a write that arrived after the read began. May refuse a hold, never grant one.
/// </summary>
internal sealed class SeatMap(OnSaleEvent on)
{
    private readonly Lock _gate = new();
    private readonly long[] _until = new long[on.Plan.SeatCount];
    private readonly Ulid[] _holdings = new Ulid[on.Plan.SeatCount];

    /// <summary>By seat: the sequence at which a write last arrived.</summary>
    private readonly long[] _writtenAt = new long[on.Plan.SeatCount];
    private long _sequence;
    private long _changes;

    public SeatPlan Plan { get; } = on.Plan;

    public Ulid EventId { get; } = on.Id;

    public string Currency { get; } = on.Currency;


    /// <summary>False while the first read of the ledger is under way; the snapshot then knows too little to be asked.</summary>
    public bool IsLoaded { get; set; }

    /// <summary>Counts the writes that arrived.</summary>
    public long Sequence => Volatile.Read(ref _sequence);

    /// <summary>Counts changes of any seat's claim; expiry is no change.</summary>
    public long Changes => Volatile.Read(ref _changes);

    public SeatClaim ClaimOf(int ordinal)
    {
        lock (_gate)
            return new SeatClaim(_until[ordinal], _holdings[ordinal]);
    }

    /// <summary>Takes over a committed change.</summary>
    public void Apply(Ulid holding, ReadOnlySpan<SeatWork> work)
    {
        lock (_gate)
        {
            var sequence = ++_sequence;
            foreach (ref readonly var seat in work)
            {
                if (seat.Step is SeatStep.Keep or SeatStep.Refuse)
                    continue;
                _writtenAt[seat.Seat.Ordinal] = sequence;

                // Commits can arrive out of order: the next owner's before the release that made room. A release frees its own claim only.
                if (seat.Step == SeatStep.Set || _holdings[seat.Seat.Ordinal] == holding)
                    Put(seat.Seat.Ordinal, seat.Next);
            }
        }
    }

    /// <summary>Takes over seats as read, except those that a write reached after <paramref name="mark"/>.</summary>
    public void Observe(ReadOnlySpan<SeatWork> work, long mark)
    {
        lock (_gate)
        {
            foreach (ref readonly var seat in work)
            {
                if (_writtenAt[seat.Seat.Ordinal] <= mark)
                    Put(seat.Seat.Ordinal, seat.Current);
            }
        }
    }

    /// <summary>Takes over the seats of a block as read, except those that a write reached after <paramref name="mark"/>.</summary>
    public void Observe(PlanBlock block, Item item, long mark)
    {
        lock (_gate)
        {
            for (var slot = 0; slot < block.SeatCount; slot++)
            {
                if (_writtenAt[block.FirstOrdinal + slot] <= mark)
                    Put(block.FirstOrdinal + slot, SeatBlock.ClaimOf(item, slot));
            }
        }
    }

    /// <summary>Copies all claims for somebody who looks at every seat.</summary>
    public void CopyTo(Span<long> until, Span<Ulid> holdings)
    {
        lock (_gate)
        {
            _until.CopyTo(until);
            _holdings.CopyTo(holdings);
        }
    }

    /// <summary>One character a seat, in plan order: <c>A</c>, <c>H</c>, <c>B</c>.</summary>
    /// <param name="nowUnits">See <see cref="SeatClaim.UnitsOf"/>.</param>
    /// <returns>The changes that are in it, and when the next hold ends (or the highest expiry).</returns>
    public (long Changes, long NextExpiry) WriteStates(long nowUnits, Span<byte> states)
    {
        lock (_gate)
        {
            var next = SeatClaim.BookedUntil;
            for (var ordinal = 0; ordinal < _until.Length; ordinal++)
            {
                var until = _until[ordinal];
                if (until <= nowUnits)
                {
                    states[ordinal] = (byte)'A';
                }
                else if (until == SeatClaim.BookedUntil)
                {
                    states[ordinal] = (byte)'B';
                }
                else
                {
                    states[ordinal] = (byte)'H';
                    next = Math.Min(next, until);
                }
            }

            return (_changes, next);
        }
    }

    /// <summary>What is held and booked now. Sets the bit of each held seat, least significant first, and adds its holding.</summary>
    public (int Held, int Booked, long NextExpiry) Count(long nowUnits, Span<byte> heldBits, HashSet<Ulid> holdings)
    {
        lock (_gate)
        {
            var (held, booked, next) = (0, 0, SeatClaim.BookedUntil);
            for (var ordinal = 0; ordinal < _until.Length; ordinal++)
            {
                var until = _until[ordinal];
                if (until <= nowUnits)
                    continue;
                if (until == SeatClaim.BookedUntil)
                {
                    booked++;
                    continue;
                }

                held++;
                heldBits[ordinal / 8] |= (byte)(1 << (ordinal % 8));
                holdings.Add(_holdings[ordinal]);
                next = Math.Min(next, until);
            }

            return (held, booked, next);
        }
    }

    private void Put(int ordinal, SeatClaim claim)
    {
        if (_until[ordinal] == claim.Until && _holdings[ordinal] == claim.Holding)
            return;
        _until[ordinal] = claim.Until;
        _holdings[ordinal] = claim.Holding;
        _changes++;
    }
}
