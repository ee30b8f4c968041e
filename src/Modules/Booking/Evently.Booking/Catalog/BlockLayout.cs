using System.Globalization;
using Evently.Shared.Ids;

namespace Evently.Booking.Catalog;

/// <summary>
/// Deals a plan's seats out to ledger items and items to partitions, in plan order. Rows that are cut in pieces, by their length or because
/// the plan comes back to them later, get a number behind the row's name.
/// </summary>
internal sealed class BlockLayout(Ulid eventId)
{
    private readonly List<PlanBlock> _blocks = [];
    private readonly Dictionary<string, int> _sectionNumbers = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Section, string Row), int> _pieces = [];
    private (string Section, string Row) _openRow;
    private string _partition = Keys.LedgerPartition(eventId, 0);
    private int _partitionNumber;
    private int _partitionSeats;

    public void Add(string section, string row, int firstOrdinal, int count)
    {
        while (count > 0)
        {
            var open = _blocks.Count > 0 && _openRow == (section, row) ? SeatPlan.BlockSeats - _blocks[^1].SeatCount : 0;
            if (open == 0)
            {
                Open(section, row, firstOrdinal);
                open = SeatPlan.BlockSeats;
            }

            var taken = Math.Min(open, count);
            _blocks[^1] = _blocks[^1] with { SeatCount = _blocks[^1].SeatCount + taken };
            _partitionSeats += taken;
            firstOrdinal += taken;
            count -= taken;
        }
    }

    public PlanBlock[] ToArray() => [.. _blocks];

    private void Open(string section, string row, int firstOrdinal)
    {
        if (_partitionSeats > SeatPlan.PartitionSeats - SeatPlan.BlockSeats)
        {
            _partition = Keys.LedgerPartition(eventId, ++_partitionNumber);
            _partitionSeats = 0;
        }

        _openRow = (section, row);
        var piece = _pieces[_openRow] = _pieces.GetValueOrDefault(_openRow) + 1;
        _blocks.Add(new PlanBlock(_blocks.Count, _partition, SortOf(section, row, piece), firstOrdinal, 0));
    }

    /// <summary>A section's name can have 32 characters; its number keeps the item small.</summary>
    private string SortOf(string section, string row, int piece)
    {
        var name = row;
        if (section.Length > 0)
        {
            if (!_sectionNumbers.TryGetValue(section, out var number))
                _sectionNumbers[section] = number = _sectionNumbers.Count + 1;
            name = string.Create(CultureInfo.InvariantCulture, $"{number}/{row}");
        }

        return piece == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}#{piece}");
    }
}
