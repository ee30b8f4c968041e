using System.IO.Compression;
using System.Text.Json;
using Evently.Booking.Contracts;
using Evently.Shared.Storage;

namespace Evently.Analytics.Counting;

/// <summary>What was held when Booking last tallied it.</summary>
/// <param name="Seats">One bit a seat in plan order, least significant bit first.</param>
internal sealed record HeldTally(DateTimeOffset At, int SeatCount, byte[] Seats, IReadOnlyList<MinuteCount> ActiveHolds)
{
    private const string AtTicks = "at";
    private const string Count = "count";
    private const string Packed = "packed";
    private const string Length = "length";
    private const string Holds = "holds";

    // A charge that is under way keeps its seats a little beyond the hold.
    private static readonly TimeSpan ChargeMargin = TimeSpan.FromMinutes(2);

    public static readonly HeldTally Nothing = new(DateTimeOffset.MinValue, 0, [], []);

    public int ActiveHoldCount => ActiveHolds.Sum(minute => minute.Count);

    public bool IsHeld(int ordinal) => ordinal / 8 < Seats.Length && (Seats[ordinal / 8] & (1 << (ordinal % 8))) != 0;

    /// <summary>Booking tallies again when holds end; one so old that its holds must be over was the last before an outage, and holds nothing.</summary>
    public HeldTally AsOf(DateTimeOffset now, TimeSpan holdDuration) => now - At > holdDuration + ChargeMargin ? Nothing : this;

    /// <summary>Keeps the tally unless a later one is kept. Compressed, because held seats are few: 100,000 seats would cost 13 write units a second.</summary>
    public static Write ToWrite(SalesTallied tally)
    {
        return Write.Put(
            Keys.Held(tally.EventId),
            new Dictionary<string, Value>
            {
                [AtTicks] = tally.At.UtcTicks,
                [Count] = tally.HeldSeatCount,
                [Packed] = PackedBytes.Pack(tally.HeldSeats),
                [Length] = tally.HeldSeats.Length,
                [Holds] = JsonSerializer.Serialize(tally.ActiveHolds, StoredJson.Default.IReadOnlyListMinuteCount),
            },
            Condition.Any(Condition.Absent(AtTicks), Condition.Less(AtTicks, tally.At.UtcTicks)));
    }

    public static bool IsNewer(SalesTallied tally, Item? kept) => kept is null || kept[AtTicks].Number < tally.At.UtcTicks;

    public static HeldTally Read(Item? item)
    {
        if (item is null)
            return Nothing;
        var seats = new byte[item[Length].Number];
        if (seats.Length > 0 && !BrotliDecoder.TryDecompress(item[Packed].Binary.Span, seats, out _))
            throw new InvalidDataException("The kept tally can't be unpacked.");
        return new HeldTally(
            new DateTimeOffset(item[AtTicks].Number, TimeSpan.Zero),
            (int)item[Count].Number,
            seats,
            JsonSerializer.Deserialize(item[Holds].String, StoredJson.Default.IReadOnlyListMinuteCount)!);
    }
}
