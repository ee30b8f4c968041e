using CsCheck;
using Evently.Venues.Seats;

namespace Evently.Venues.Tests;

public sealed class SeatPlanEditTests
{
    private static readonly string[] Types = ["regular", "vip"];

    [Fact]
    public void Neighbours_of_one_type_become_one_run_whatever_order_they_come_in()
    {
        var added = Accept([], [Seat("A", 3), Seat("B", 1), Seat("A", 1), Seat("A", 2), Seat("A", 4, "vip"), Seat("A", 6)], version: 7);

        Assert.Equal(
            [
                new StoredRun("", "A", 1, 3, "regular", 7),
                new StoredRun("", "A", 4, 4, "vip", 7),
                new StoredRun("", "A", 6, 6, "regular", 7),
                new StoredRun("", "B", 1, 1, "regular", 7),
            ],
            added);
    }

    [Fact]
    public void A_seat_that_exists_refuses_the_whole_request_and_every_such_seat_is_named()
    {
        StoredRun[] existing = [new("", "A", 1, 10, "regular", 1), new("Balcony", "A", 1, 2, "regular", 1)];

        var edit = SeatPlanEdit.Decide(Types, existing, [new("", "A", 9, 12, "vip", 0), new("Balcony", "A", 2, 3, "vip", 0), Seat("B", 1)], version: 2);

        var refused = Assert.IsType<SeatPlanEdit.AlreadyThere>(edit);
        Assert.Equal(["A-10", "A-9", "Balcony/A-2"], refused.Positions.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_seat_named_twice_in_one_request_refuses_it()
    {
        var edit = SeatPlanEdit.Decide(Types, [], [Seat("A", 1), Seat("A", 2), Seat("A", 1, "vip")], version: 2);

        Assert.Equal(["A-1"], Assert.IsType<SeatPlanEdit.AlreadyThere>(edit).Positions);
    }

    [Fact]
    public void Rows_differ_by_case_and_by_section()
    {
        var added = Accept([new("", "A", 1, 1, "regular", 1)], [Seat("a", 1), new("S", "A", 1, 1, "regular", 0)], version: 2);

        Assert.Equal(2, added.Count);
    }

    [Fact]
    public void Types_that_the_venue_does_not_declare_are_named_once_each()
    {
        var edit = SeatPlanEdit.Decide(Types, [], [Seat("A", 1, "box"), Seat("A", 2, "box"), Seat("A", 3, "VIP"), Seat("A", 4)], version: 2);

        Assert.Equal(["box", "VIP"], Assert.IsType<SeatPlanEdit.UnknownTypes>(edit).SeatTypes);
    }

    [Fact]
    public void A_hundred_thousand_seats_fit_and_one_more_does_not()
    {
        var rows = Enumerable.Range(1, 100).Select(row => new StoredRun("", $"R{row}", 1, 1_000, "regular", 0)).ToArray();

        Assert.Equal(100, Accept([], rows, version: 2).Count);
        Assert.Equal(100_000, Assert.IsType<SeatPlanEdit.TooMany>(SeatPlanEdit.Decide(Types, rows, [Seat("Z", 1)], version: 3)).Present);
    }

    [Fact]
    public void Whatever_is_accepted_has_exactly_the_wanted_seats()
    {
        var seat = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[1, 12], Gen.Int[0, 1]);
        seat.Array[1, 40].Sample(seats =>
        {
            var wanted = seats.Select(s => new StoredRun(s.Item1 == 0 ? "" : $"S{s.Item1}", $"R{s.Item2}", s.Item3, s.Item3, Types[s.Item4], 0)).ToArray();
            var positions = wanted.Select(run => SeatPosition.Format(run.Section, run.Row, run.First)).ToList();
            switch (SeatPlanEdit.Decide(Types, [], wanted, version: 2))
            {
                case SeatPlanEdit.Accepted accepted:
                    Assert.Equal(wanted.Select(Spelled).Order(), accepted.Runs.SelectMany(Spread).Order());
                    break;
                case SeatPlanEdit.AlreadyThere refused:
                    Assert.Equal(positions.GroupBy(p => p).Where(g => g.Count() > 1).Select(g => g.Key).Order(), refused.Positions.Order());
                    break;
                default:
                    Assert.Fail("Neither accepted nor refused for repeated seats.");
                    break;
            }
        });
    }

    [Theory]
    [InlineData("A", true)]
    [InlineData("AB12cd34", true)]
    [InlineData("", false)]
    [InlineData("ABCDEFGHI", false)]
    [InlineData("A-1", false)]
    [InlineData("A B", false)]
    [InlineData("Ä", false)]
    public void A_row_is_one_to_eight_letters_or_digits(string row, bool valid) => Assert.Equal(valid, SeatPosition.IsRow(row));

    [Theory]
    [InlineData("Main floor", true)]
    [InlineData("<script>", true)]
    [InlineData("a/b", false)]
    [InlineData("", false)]
    [InlineData(" padded", false)]
    [InlineData("nul\0", false)]
    [InlineData("123456789012345678901234567890123", false)]
    public void A_section_is_one_to_32_characters_without_a_slash(string section, bool valid) => Assert.Equal(valid, SeatPosition.IsSection(section));

    [Fact]
    public void A_section_holds_no_lone_surrogate() => Assert.False(SeatPosition.IsSection("lone" + '\ud800'));

    private static StoredRun Seat(string row, int number, string type = "regular") => new("", row, number, number, type, 0);

    private static IReadOnlyList<StoredRun> Accept(IReadOnlyList<StoredRun> existing, IReadOnlyList<StoredRun> wanted, int version) =>
        Assert.IsType<SeatPlanEdit.Accepted>(SeatPlanEdit.Decide(Types, existing, wanted, version)).Runs;

    private static IEnumerable<string> Spread(StoredRun run) => Enumerable.Range(run.First, run.Count).Select(number => Spelled(run with { First = number }));

    private static string Spelled(StoredRun run) => $"{SeatPosition.Format(run.Section, run.Row, run.First)} {run.SeatType}";
}
