using System.Globalization;
using Evently.Booking.Contracts;
using Evently.Shared.Storage;

namespace Evently.Analytics.Counting;

/// <summary>
/// How often each seat of a stretch of a row was booked and given back. The place follows from the seat's position alone, so that a booking
/// can be counted before the seat plan has arrived; <see cref="SeatsPerBlock"/> seats keep a full item under 1 KB.
/// </summary>
internal static class SeatBlock
{
    private const int SeatsPerBlock = 20;

    /// <summary>The items that hold <paramref name="seats"/>, with the numbers of the seats in each; usually one.</summary>
    public static IReadOnlyList<(ItemKey Key, IReadOnlyList<int> Numbers)> Of(string eventId, IEnumerable<BookedSeat> seats) =>
        [.. seats
            .Select(seat => Split(seat.SeatPosition))
            .GroupBy(seat => (seat.Row, Block: seat.Number / SeatsPerBlock))
            .Select(block => (Keys.SeatBlock(eventId, block.Key.Row, block.Key.Block), (IReadOnlyList<int>)[.. block.Select(seat => seat.Number)]))];

    /// <summary>Counts what these bookings booked, without a look at the blocks: refused when a seat has a later booking.</summary>
    public static IEnumerable<Write> BookBlind(string eventId, IEnumerable<BookingConfirmed> bookings) => bookings
        .SelectMany(
            booking => Of(eventId, booking.Seats),
            (booking, block) => (block.Key, Booked: block.Numbers.Select(number => (number, booking.ConfirmedAt))))
        .GroupBy(block => block.Key, block => block.Booked)
        .Select(block => Book(block.Key, item: null, block.SelectMany(booked => booked)));

    /// <summary>Counts the booking of these seats. <paramref name="item"/> is the block as it is, for the time of the last booking.</summary>
    public static Write Book(ItemKey key, Item? item, IEnumerable<(int Number, DateTimeOffset At)> booked)
    {
        List<Change> changes = [];
        List<Condition> conditions = [];
        foreach (var seat in booked.GroupBy(one => one.Number))
        {
            changes.Add(Change.Add(Name('b', seat.Key), seat.Count()));
            var (last, at) = (Name('l', seat.Key), seat.Max(one => one.At).UtcTicks);
            if (Number(item, last) >= at)
                continue;

            // Two bookings of one seat are far apart, so this refuses only when they are delivered out of order in the same instant.
            changes.Add(Change.Set(last, at));
            conditions.Add(Condition.Any(Condition.Absent(last), Condition.Less(last, at)));
        }

        return Write.Update(key, changes, conditions.Count == 0 ? Condition.Always : Condition.All(conditions));
    }

    public static Write GiveBack(ItemKey key, IReadOnlyList<int> numbers) =>
        Write.Update(key, [.. numbers.Select(number => Change.Add(Name('x', number), 1))], Condition.Always);

    /// <summary>The figures of one seat out of the blocks of its event.</summary>
    public static SeatCounts Read(IReadOnlyDictionary<ItemKey, Item> blocks, string eventId, string row, int number)
    {
        var item = blocks.GetValueOrDefault(Keys.SeatBlock(eventId, row, number / SeatsPerBlock));
        var last = Number(item, Name('l', number));
        return new SeatCounts(
            Number(item, Name('b', number)), Number(item, Name('x', number)), last == 0 ? null : new DateTimeOffset(last, TimeSpan.Zero));
    }

    private static (string Row, int Number) Split(string position)
    {
        var dash = position.LastIndexOf('-');
        return (position[..dash], int.Parse(position.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture));
    }

    private static string Name(char figure, int number) => string.Create(CultureInfo.InvariantCulture, $"{figure}{number}");

    private static long Number(Item? item, string name) => item?.Has(name) == true ? item[name].Number : 0;
}

internal sealed record SeatCounts(long Booked, long GivenBack, DateTimeOffset? LastBooking)
{
    public bool IsBooked => Booked > GivenBack;
}
