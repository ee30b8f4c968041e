using Evently.Booking.Catalog;
using Evently.Shared.Storage;

namespace Evently.Booking.Ledger;

internal enum Verdict
{
    /// <summary>Every seat is as it should be.</summary>
    Nothing,
    Write,
    Refuse,
}

/// <param name="Changed">Seats that this change set or cleared.</param>
internal readonly record struct ChangeOutcome(bool Applied, int Changed, SeatWork[] Work);

/// <summary>A change of seats that becomes part of another commit.</summary>
/// <param name="Writes">Conditional on what the seats were when they were looked at; none when they are as they should be.</param>
/// <param name="Applied">To be called after that commit.</param>
internal sealed record PreparedChange(IReadOnlyList<Write> Writes, Action Applied);

/// <summary>One change of some seats under one rule, from the first look to its outcome. Does no I/O.</summary>
internal sealed class LedgerChange
{
    private readonly List<(int Block, int First, int Count)> _groups = [];
    private readonly List<int> _written = [];
    private int _changed;

    public LedgerChange(OnSaleEvent on, IReadOnlyList<PlanSeat> seats, SeatRule rule)
    {
        On = on;
        Rule = rule;
        Work = new SeatWork[seats.Count];
        for (var i = 0; i < Work.Length; i++)
            Work[i] = new SeatWork(seats[i]);
        Array.Sort(Work, static (left, right) => left.Seat.Ordinal.CompareTo(right.Seat.Ordinal));
        for (var first = 0; first < Work.Length;)
        {
            var block = Work[first].Seat.Block;
            var count = 1;
            while (first + count < Work.Length && Work[first + count].Seat.Block == block)
                count++;
            _groups.Add((block, first, count));
            first += count;
        }

        Blocks = _groups.ConvertAll(group => group.Block);
    }

    public OnSaleEvent On { get; }

    public SeatRule Rule { get; }

    /// <summary>By ordinal, so that seats of one block are neighbours.</summary>
    public SeatWork[] Work { get; }

    public IReadOnlyList<int> Blocks { get; }

    public Verdict Decide(DateTimeOffset now)
    {
        var verdict = Verdict.Nothing;
        for (var i = 0; i < Work.Length; i++)
        {
            ref var work = ref Work[i];
            (work.Step, work.Next) = Rule.Decide(work.Current, now);
            if (work.Step == SeatStep.Refuse)
                verdict = Verdict.Refuse;
            else if (work.Step != SeatStep.Keep && verdict == Verdict.Nothing)
                verdict = Verdict.Write;
        }

        return verdict;
    }

    /// <summary>At most one write a block; a block without a change of its own may still be part of all or nothing and be guarded.</summary>
    public IReadOnlyList<Write> ToWrites(DateTimeOffset now)
    {
        var writes = new List<Write>(_groups.Count);
        _written.Clear();
        for (var i = 0; i < _groups.Count; i++)
        {
            var (block, first, count) = _groups[i];
            if (SeatBlock.WriteOf(On.Plan.Blocks[block], Rule, Work.AsSpan(first, count), now) is not { } write)
                continue;
            writes.Add(write);
            _written.Add(i);
        }

        return writes;
    }

    /// <summary>Takes over the items of all <see cref="Blocks"/>.</summary>
    public void Observe(IReadOnlyList<Item?> items)
    {
        for (var i = 0; i < _groups.Count; i++)
            Observe(i, items[i]);
    }

    /// <summary>
    /// Takes over the items that refused <see cref="ToWrites"/>, by its indexes; of the other blocks no more is known than before. False when
    /// the engine could not give them all, or gave none.
    /// </summary>
    /// <param name="observed">Told of the seats of each block that was seen.</param>
    public bool TryObserve(IReadOnlyList<(int Write, Item? Item)> refused, Action<SeatWork[]> observed)
    {
        foreach (var (write, item) in refused)
        {
            if (item is null)
                return false;
            var (_, first, count) = _groups[_written[write]];
            Observe(_written[write], item);
            observed(Work[first..(first + count)]);
        }

        return refused.Count > 0;
    }

    public void Applied() => _changed += Work.Count(work => work.Step != SeatStep.Keep);

    /// <summary>After a write whose outcome is unknown and a look at the seats: how many of its steps turn out to be done.</summary>
    public int CountApplied()
    {
        var done = Work.Count(work => work.Step switch
        {
            SeatStep.Set => work.Current == work.Next,
            SeatStep.Clear => work.Current.IsFree || work.Current.Holding != Rule.Holding,
            _ => false,
        });
        _changed += done;
        return done;
    }

    public ChangeOutcome Outcome(bool applied) => new(applied, _changed, Work);

    private void Observe(int group, Item? item)
    {
        var (_, first, count) = _groups[group];
        for (var i = first; i < first + count; i++)
            Work[i].Current = SeatBlock.ClaimOf(item, Work[i].Seat.Slot);
    }
}
