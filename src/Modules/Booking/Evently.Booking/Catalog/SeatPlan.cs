using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Evently.Shared.Text;
using Evently.Venues.Contracts;

namespace Evently.Booking.Catalog;

/// <summary>A seat of a plan and where the ledger keeps it.</summary>
/// <param name="Ordinal">Its place in plan order, from 0.</param>
/// <param name="Block">Which ledger item holds it: an index into <see cref="SeatPlan.Blocks"/>.</param>
/// <param name="Slot">Which attribute of that item.</param>
internal sealed record PlanSeat(int Ordinal, string Position, string Section, string Row, int Number, string SeatType, int Block, int Slot);

/// <summary>One ledger item: a row, or a stretch of a long row.</summary>
internal sealed record PlanBlock(int Index, string Partition, string Sort, int FirstOrdinal, int SeatCount);

/// <summary>Neighbouring seats of one row and one type, as the plan lists them.</summary>
/// <param name="Prefix">What stands before the hyphen in the positions: <c>ROW</c> or <c>SECTION/ROW</c>.</param>
internal sealed record PlanRun(string Section, string Row, string Prefix, int First, int Count, string SeatType, int FirstOrdinal)
{
    public string PositionOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}-{number}");
}

/// <summary>
/// The seats that an event sells. Kept as runs, so that 100,000 seats cost some hundred kilobytes; a <see cref="PlanSeat"/> is made when
/// somebody asks for it. Immutable, and the ledger's layout follows from it alone.
/// </summary>
internal sealed class SeatPlan
{
    /// <summary>40 attributes of 24 bytes and the key: a full item stays under 1 KB, so that every write costs one unit.</summary>
    public const int BlockSeats = 40;

    /// <summary>Spreads an event's heat over partitions of the table.</summary>
    public const int PartitionSeats = 2_500;

    private readonly PlanRun[] _runs;
    private readonly PlanBlock[] _blocks;
    private readonly Dictionary<ItemKey, int> _blockByKey;
    private readonly Dictionary<string, PlanRun[]>.AlternateLookup<ReadOnlySpan<char>> _rows;

    private SeatPlan(PlanRun[] runs, PlanBlock[] blocks, int seatCount)
    {
        _runs = runs;
        _blocks = blocks;
        SeatCount = seatCount;
        Seats = new SeatList(this);
        Partitions = blocks.Select(block => block.Partition).Distinct(StringComparer.Ordinal).ToArray();
        _blockByKey = blocks.ToDictionary(block => new ItemKey(block.Partition, block.Sort), block => block.Index);
        _rows = runs.GroupBy(run => run.Prefix, StringComparer.Ordinal)
            .ToDictionary(row => row.Key, row => row.OrderBy(run => run.First).ToArray(), StringComparer.Ordinal)
            .GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public int SeatCount { get; }

    /// <summary>In plan order; a seat is made when it is asked for.</summary>
    public IReadOnlyList<PlanSeat> Seats { get; }

    public IReadOnlyList<PlanRun> Runs => _runs;

    public IReadOnlyList<PlanBlock> Blocks => _blocks;

    /// <summary>The ledger's partitions, in plan order.</summary>
    public IReadOnlyList<string> Partitions { get; }

    public static SeatPlan Build(Ulid eventId, IEnumerable<SeatRun> seatRuns)
    {
        var runs = new List<PlanRun>();
        var layout = new BlockLayout(eventId);
        var ordinal = 0;
        foreach (var run in seatRuns)
        {
            var prefix = run.Section.Length == 0 ? run.Row : $"{run.Section}/{run.Row}";
            var count = run.Last - run.First + 1;
            runs.Add(new PlanRun(run.Section, run.Row, prefix, run.First, count, run.SeatType, ordinal));
            layout.Add(run.Section, run.Row, ordinal, count);
            ordinal += count;
        }

        return new SeatPlan([.. runs], layout.ToArray(), ordinal);
    }

    public bool TryGetSeat(string position, [NotNullWhen(true)] out PlanSeat? seat)
    {
        seat = null;
        var hyphen = position.LastIndexOf('-');
        if (hyphen <= 0
            || !TryReadNumber(position.AsSpan(hyphen + 1), out var number)
            || !_rows.TryGetValue(position.AsSpan(0, hyphen), out var runs))
            return false;
        var index = LastAtOrBefore(runs, number, static run => run.First);
        if (index < 0 || number >= runs[index].First + runs[index].Count)
            return false;
        seat = SeatOf(runs[index], runs[index].FirstOrdinal + number - runs[index].First);
        return true;
    }

    public bool TryGetBlock(ItemKey key, [NotNullWhen(true)] out PlanBlock? block)
    {
        block = _blockByKey.TryGetValue(key, out var index) ? _blocks[index] : null;
        return block is not null;
    }

    private PlanSeat SeatAt(int ordinal)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ordinal);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(ordinal, SeatCount);
        return SeatOf(_runs[LastAtOrBefore(_runs, ordinal, static run => run.FirstOrdinal)], ordinal);
    }

    private PlanSeat SeatOf(PlanRun run, int ordinal)
    {
        var number = run.First + ordinal - run.FirstOrdinal;
        var block = _blocks[LastAtOrBefore(_blocks, ordinal, static block => block.FirstOrdinal)];
        return new PlanSeat(ordinal, run.PositionOf(number), run.Section, run.Row, number, run.SeatType, block.Index, ordinal - block.FirstOrdinal);
    }

    /// <summary>Only the canonical spelling names a seat: <c>A-1</c>, not <c>A-01</c>.</summary>
    private static bool TryReadNumber(ReadOnlySpan<char> text, out int number)
    {
        number = 0;
        return text.Length is > 0 and <= 4 && text[0] != '0' && CanonicalNumber.TryParse(text, out number);
    }

    /// <summary>Index of the last entry whose start is at or before <paramref name="value"/>, or -1. Entries ascend by start and none is empty.</summary>
    private static int LastAtOrBefore<T>(T[] entries, int value, Func<T, int> startOf)
    {
        var low = 0;
        var high = entries.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (startOf(entries[middle]) <= value)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return high;
    }

    private sealed class SeatList(SeatPlan plan) : IReadOnlyList<PlanSeat>
    {
        public int Count => plan.SeatCount;

        public PlanSeat this[int index] => plan.SeatAt(index);

        public IEnumerator<PlanSeat> GetEnumerator()
        {
            foreach (var run in plan.Runs)
            {
                for (var ordinal = run.FirstOrdinal; ordinal < run.FirstOrdinal + run.Count; ordinal++)
                    yield return plan.SeatOf(run, ordinal);
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
