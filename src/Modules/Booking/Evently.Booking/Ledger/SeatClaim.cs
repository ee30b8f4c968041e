using System.Buffers.Binary;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Booking.Ledger;

/// <summary>
/// Who has a seat and until when; the default value is a free seat. As stored: 5 bytes of expiry, big-endian, then the 16 bytes of the holding,
/// so that "free or expired" is one comparison of bytes.
/// </summary>
/// <param name="Until">End of the hold in units of 10 ms since the Unix epoch; <see cref="BookedUntil"/> when booked, 0 when free.</param>
internal readonly record struct SeatClaim(long Until, Ulid Holding)
{
    /// <summary>The highest expiry: never reached, so a booked seat is never expired.</summary>
    public const long BookedUntil = 0xFF_FFFF_FFFF;

    public const int ByteLength = ExpiryBytes + Ulid.ByteLength;
    private const int ExpiryBytes = 5;
    private const long UnitMilliseconds = 10;

    public bool IsFree => Until == 0;

    public bool IsBooked => Until == BookedUntil;

    public DateTimeOffset? ExpiresAt => IsFree || IsBooked ? null : DateTimeOffset.UnixEpoch.AddMilliseconds(Until * UnitMilliseconds);

    public static SeatClaim Held(Ulid holding, DateTimeOffset expiresAt) => new(UnitsUp(expiresAt), holding);

    public static SeatClaim Booked(Ulid holding) => new(BookedUntil, holding);

    /// <summary>The instant at which a hold ends exactly, for an expiry that was asked for.</summary>
    public static DateTimeOffset RoundUp(DateTimeOffset expiresAt) => DateTimeOffset.UnixEpoch.AddMilliseconds(UnitsUp(expiresAt) * UnitMilliseconds);

    /// <summary>Now, in the units of <see cref="Until"/>.</summary>
    public static long UnitsOf(DateTimeOffset now) => (now - DateTimeOffset.UnixEpoch).Ticks / (UnitMilliseconds * TimeSpan.TicksPerMillisecond);

    /// <summary>Somebody has the seat: it is booked, or held and the hold's end is still to come.</summary>
    public bool IsTakenAt(DateTimeOffset now) => Until > UnitsOf(now);

    /// <summary>Every stored claim below this value is expired at <paramref name="now"/>, and no other.</summary>
    public static byte[] ExpiredBelow(DateTimeOffset now)
    {
        var bound = new byte[ExpiryBytes];
        WriteExpiry(bound, UnitsOf(now) + 1);
        return bound;
    }

    public byte[] Encode()
    {
        var bytes = new byte[ByteLength];
        WriteExpiry(bytes, Until);
        Holding.WriteBytes(bytes.AsSpan(ExpiryBytes));
        return bytes;
    }

    public static SeatClaim Decode(Value value)
    {
        if (value.IsNone)
            return default;
        var bytes = value.Binary.Span;
        Span<byte> expiry = stackalloc byte[8];
        expiry.Clear();
        bytes[..ExpiryBytes].CopyTo(expiry[3..]);
        return new SeatClaim(BinaryPrimitives.ReadInt64BigEndian(expiry), Ulid.FromBytes(bytes[ExpiryBytes..ByteLength]));
    }

    private static long UnitsUp(DateTimeOffset instant)
    {
        const long unitTicks = UnitMilliseconds * TimeSpan.TicksPerMillisecond;
        return ((instant - DateTimeOffset.UnixEpoch).Ticks + unitTicks - 1) / unitTicks;
    }

    private static void WriteExpiry(Span<byte> destination, long units)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(units);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(units, BookedUntil);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, units);
        bytes[3..].CopyTo(destination);
    }
}
