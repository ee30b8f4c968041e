using System.Globalization;
using System.Text;
using CsCheck;
using Evently.Booking.Catalog;
using Evently.Booking.Ledger;
using Evently.Shared.Ids;
using Evently.Venues.Contracts;

namespace Evently.Booking.Tests.Catalog;

public sealed class SeatPlanTests
{
    private static readonly Ulid EventId = new(((UInt128)1_900_000_000_000 << 80) + 7);

    /// <summary>Rows and sections that come back, gaps in the numbers, long rows; no seat twice.</summary>
    private static readonly Gen<List<SeatRun>> Plans =
        from pieces in Gen.Select(Gen.Int[0, 3], Gen.Int[0, 5], Gen.Int[1, 95], Gen.Int[0, 1]).List[0, 40]
        select Distinct(pieces);

    [Fact]
    public void Every_seat_is_found_by_its_position_at_its_own_place() => Plans.Sample(runs =>
    {
        var plan = SeatPlan.Build(EventId, runs);
        var ordinal = 0;
        foreach (var run in runs)
        {
            for (var number = run.First; number <= run.Last; number++, ordinal++)
            {
                var position = (run.Section.Length == 0 ? "" : run.Section + "/") + run.Row + "-" + number.ToString(CultureInfo.InvariantCulture);
                Assert.True(plan.TryGetSeat(position, out var seat));
                Assert.Equal((ordinal, position, run.Section, run.Row, number, run.SeatType), (seat.Ordinal, seat.Position, seat.Section, seat.Row, seat.Number, seat.SeatType));
                Assert.Equal(seat, plan.Seats[ordinal]);
            }
        }

        Assert.Equal(ordinal, plan.SeatCount);
        Assert.Equal(plan.Seats, Enumerable.Range(0, ordinal).Select(index => plan.Seats[index]));
    });

    [Fact]
    public void Blocks_cover_every_seat_once_within_their_bounds_and_have_keys_of_their_own() => Plans.Sample(runs =>
    {
        var plan = SeatPlan.Build(EventId, runs);
        Assert.Equal(plan.SeatCount, plan.Blocks.Sum(block => block.SeatCount));
        Assert.All(plan.Blocks, block => Assert.InRange(block.SeatCount, 1, SeatPlan.BlockSeats));
        Assert.Equal(plan.Blocks.Count, plan.Blocks.Select(SeatBlock.KeyOf).Distinct().Count());
        foreach (var block in plan.Blocks)
        {
            Assert.True(plan.TryGetBlock(SeatBlock.KeyOf(block), out var found));
            Assert.Equal(block, found);
        }

        foreach (var seat in plan.Seats)
        {
            var block = plan.Blocks[seat.Block];
            Assert.Equal(seat.Ordinal, block.FirstOrdinal + seat.Slot);
            Assert.InRange(seat.Slot, 0, block.SeatCount - 1);
        }
    });

    [Fact]
    public void A_partition_stays_within_its_share_of_seats()
    {
        var plan = SeatPlan.Build(EventId, Enumerable.Range(0, 1_000).Select(row => new SeatRun($"S{row / 200}", $"R{row}", 1, 100, "regular")));
        Assert.Equal(100_000, plan.SeatCount);
        var seats = plan.Blocks.GroupBy(block => block.Partition).Select(partition => partition.Sum(block => block.SeatCount)).ToList();
        Assert.All(seats, count => Assert.InRange(count, 1, SeatPlan.PartitionSeats));
        Assert.InRange(seats.Count, 40, 45);
        Assert.Equal(seats.Count, plan.Partitions.Count);
    }

    [Theory]
    [InlineData("A-01")]
    [InlineData("A-11")]
    [InlineData("A-0")]
    [InlineData("A-")]
    [InlineData("-1")]
    [InlineData("A")]
    [InlineData("")]
    [InlineData("a-1")]
    [InlineData("A-1 ")]
    [InlineData("A-+1")]
    [InlineData("A-99999999999")]
    [InlineData("S/A-1")]
    [InlineData("A--1")]
    public void What_is_no_position_of_the_plan_names_no_seat(string position) =>
        Assert.False(SeatPlan.Build(EventId, [new SeatRun("", "A", 1, 10, "regular")]).TryGetSeat(position, out _));

    [Fact]
    public void A_row_with_a_gap_has_no_seats_in_it()
    {
        var plan = SeatPlan.Build(EventId, [new SeatRun("", "A", 1, 4, "regular"), new SeatRun("", "A", 7, 9, "vip")]);
        Assert.Equal(7, plan.SeatCount);
        Assert.False(plan.TryGetSeat("A-5", out _));
        Assert.True(plan.TryGetSeat("A-7", out var seat));
        Assert.Equal(("vip", 4), (seat.SeatType, seat.Ordinal));
    }

    [Fact]
    public void The_largest_block_costs_one_write_unit()
    {
        // The widest names: a row of eight characters cut in many pieces, behind many sections, in the last partition of the largest plan.
        var plan = SeatPlan.Build(EventId, Enumerable.Range(1, 99).Select(section => new SeatRun(new string('S', 30) + section, "ROWABCDE", 1, 1_010, "regular")));
        var block = plan.Blocks.Where(block => block.SeatCount == SeatPlan.BlockSeats).MaxBy(block => block.Partition.Length + block.Sort.Length)!;
        var claim = SeatClaim.Booked(EventId).Encode();

        // DynamoDB's rule: the UTF-8 length of every attribute's name and value, the keys' included.
        var bytes = "pk".Length + Encoding.UTF8.GetByteCount(block.Partition) + "sk".Length + Encoding.UTF8.GetByteCount(block.Sort)
            + Enumerable.Range(0, SeatPlan.BlockSeats).Sum(slot => SeatBlock.AttributeOf(slot).Length + claim.Length);
        Assert.InRange(bytes, 900, 1_024);
    }

    private static List<SeatRun> Distinct(List<(int Section, int Row, int Count, int Gap)> pieces)
    {
        var next = new Dictionary<(int, int), int>();
        var runs = new List<SeatRun>();
        foreach (var (section, row, count, gap) in pieces)
        {
            var first = next.GetValueOrDefault((section, row), 1) + gap;
            runs.Add(new SeatRun(section == 0 ? "" : $"Sec-{section}", $"R{row}", first, first + count - 1, row % 2 == 0 ? "regular" : "vip"));
            next[(section, row)] = first + count;
        }

        return runs;
    }
}
