using System.Globalization;
using Evently.Booking.Contracts;
using Evently.Shared.Storage;
using Evently.Shared.Text;

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

    /// <summary>
    /// Notes what these bookings booked, in no order and any number of times: a seat's bookings are a set of their times, and no two of one seat have the same.
    /// </summary>
    public static IEnumerable<Write> Book(IEnumerable<BookingConfirmed> bookings) => bookings
        .SelectMany(
            booking => Of(booking.EventId, booking.Seats),
            (booking, block) => (block.Key, Names: block.Numbers.Select(number => BookingName(number, booking.ConfirmedAt))))
        .GroupBy(block => block.Key, block => block.Names)
        .Select(block => Write.Update(
            block.Key, [.. block.SelectMany(names => names).Distinct(StringComparer.Ordinal).Select(name => Change.Set(name, 1))], Condition.Always));

    public static Write GiveBack(ItemKey key, IReadOnlyList<int> numbers) =>
        Write.Update(key, [.. numbers.Select(number => Change.Add(Name('x', number), 1))], Condition.Always);

    /// <summary>The figures of one seat out of the blocks of its event.</summary>
    public static SeatCounts Read(IReadOnlyDictionary<ItemKey, Item> blocks, string eventId, string row, int number)
    {
        var item = blocks.GetValueOrDefault(Keys.SeatBlock(eventId, row, number / SeatsPerBlock));
        var times = item is null ? [] : TimesOf(item, number).ToList();

        // Versions before kept a number and the latest time.
        var last = Math.Max(Number(item, Name('l', number)), times.DefaultIfEmpty().Max());
        return new SeatCounts(
            Number(item, Name('b', number)) + times.Count, Number(item, Name('x', number)), last == 0 ? null : new DateTimeOffset(last, TimeSpan.Zero));
    }

    // k12:638…: seat 12 was booked at these UTC ticks.
    private static string BookingName(int number, DateTimeOffset at) => string.Create(CultureInfo.InvariantCulture, $"k{number}:{at.UtcTicks}");

    private static IEnumerable<long> TimesOf(Item item, int number)
    {
        var prefix = string.Create(CultureInfo.InvariantCulture, $"k{number}:");
        foreach (var name in item.Attributes.Keys)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal) && CanonicalNumber.TryParse(name.AsSpan(prefix.Length), out long ticks))
                yield return ticks;
        }
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
