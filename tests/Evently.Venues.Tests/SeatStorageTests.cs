using System.Text;
using System.Text.Json;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Evently.Venues.Contracts;
using Evently.Venues.Seats;

namespace Evently.Venues.Tests;

public sealed class SeatStorageTests
{
    [Fact]
    public void A_part_reads_back_what_was_written()
    {
        StoredRun[] runs = [new("", "A", 1, 50, "regular", 2), new("Balcön/".TrimEnd('/'), "Ä", 3, 3, "vip", 3), new("", "A", 51, 51, "vip", 4)];

        var read = SeatPart.Read(new Item(Keys.SeatPart("venue-x", 7), new SeatPart(7, runs).ToAttributes()));

        Assert.Equal(7, read.Part);
        Assert.Equal(runs, read.Runs);
    }

    [Fact]
    public void A_hundred_thousand_seats_in_ordinary_rows_take_one_small_part()
    {
        var runs = Enumerable.Range(1, 2_000).Select(row => new StoredRun($"Block {row / 40}", $"{row % 40}", 1, 50, "regular", 2)).ToArray();

        var part = Assert.Single(SeatPacking.Append(null, runs));

        Assert.InRange(part.ToAttributes().Values.Single().Binary.Length, 1, 20_000);
    }

    [Fact]
    public void A_hundred_thousand_single_seats_fit_one_transaction()
    {
        var runs = Enumerable.Range(0, 100_000).Select(i => new StoredRun("", $"R{i / 100}", (i % 100 * 2) + 1, (i % 100 * 2) + 1, "regular", 2)).ToArray();

        var parts = SeatPacking.Append(null, runs);

        Assert.Equal(runs, parts.SelectMany(part => part.Runs));
        Assert.InRange(parts.Count, 2, TableLimits.TransactionWrites - 1);
        Assert.All(parts, part => Assert.InRange(part.ToAttributes().Values.Single().Binary.Length, 1, 100_000));
    }

    [Fact]
    public void Appended_runs_fill_the_last_part_before_a_new_one_and_move_nothing()
    {
        var first = Enumerable.Range(1, SeatPart.MaxRuns - 1).Select(i => new StoredRun("", $"R{i}", 1, 1, "regular", 2)).ToArray();
        var last = Assert.Single(SeatPacking.Append(null, first));

        var changed = SeatPacking.Append(last, [new("", "X", 1, 1, "vip", 3), new("", "Y", 1, 1, "vip", 3)]);

        Assert.Equal([0, 1], changed.Select(part => part.Part));
        Assert.Equal([.. first, new("", "X", 1, 1, "vip", 3)], changed[0].Runs);
        Assert.Equal([new StoredRun("", "Y", 1, 1, "vip", 3)], changed[1].Runs);
        Assert.Equal([1], SeatPacking.Append(changed[0], [new("", "Z", 1, 1, "vip", 4)]).Select(part => part.Part));
    }

    [Fact]
    public void A_plan_is_cut_into_messages_that_fit_the_queue_in_the_same_order()
    {
        var runs = Enumerable.Range(1, 20_000).Select(i => new SeatRun($"Sektion Ü {i % 100}", $"R{i}", 1, 1, "regular")).ToArray();

        var parts = SeatPlanMessages.Split(runs);

        Assert.True(parts.Count > 1);
        Assert.Equal(runs, parts.SelectMany(part => part));
        Assert.All(parts, part => Assert.True(Encoding.UTF8.GetByteCount(JsonSerializer.Serialize(part)) < QueueLimits.MessageBytes));
    }

    [Fact]
    public void A_venue_without_seats_still_sends_one_part() => Assert.Empty(Assert.Single(SeatPlanMessages.Split([])));

    [Theory]
    [InlineData("0.0.0", true)]
    [InlineData("3.17.4", true)]
    [InlineData("3.17", false)]
    [InlineData("3.17.4.1", false)]
    [InlineData("-1.0.0", false)]
    [InlineData("1.x.0", false)]
    [InlineData("99999999999.0.0", false)]
    [InlineData("", false)]
    public void A_seat_cursor_is_three_numbers(string text, bool valid) => Assert.Equal(valid, SeatPlace.TryParse(text, out _));
}
