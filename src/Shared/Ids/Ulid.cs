using System.Buffers.Binary;

namespace Evently.Shared.Ids;

/// <summary>
/// A 128-bit identifier: 48 bits of Unix milliseconds, then 80 random bits, so that ids sort by creation. Written as 26 characters of
/// Crockford base32 (https://github.com/ulid/spec).
/// </summary>
public readonly record struct Ulid(UInt128 Bits) : IComparable<Ulid>
{
    public const int TextLength = 26;
    public const int ByteLength = 16;
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    public DateTimeOffset Time => DateTimeOffset.FromUnixTimeMilliseconds((long)(Bits >> 80));

    public static bool operator <(Ulid left, Ulid right) => left.Bits < right.Bits;

    public static bool operator >(Ulid left, Ulid right) => left.Bits > right.Bits;

    public static bool operator <=(Ulid left, Ulid right) => left.Bits <= right.Bits;

    public static bool operator >=(Ulid left, Ulid right) => left.Bits >= right.Bits;

    /// <summary>Below every id that is made at this time or later.</summary>
    public static Ulid FirstAt(DateTimeOffset time) => new((UInt128)(ulong)time.ToUnixTimeMilliseconds() << 80);

    public static Ulid FromGuid(Guid guid)
    {
        Span<byte> bytes = stackalloc byte[ByteLength];
        guid.TryWriteBytes(bytes, bigEndian: true, out _);
        return FromBytes(bytes);
    }

    public static Ulid FromBytes(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    /// <summary>Reads the canonical form only (26 upper-case characters), so that every id has one spelling.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Ulid ulid)
    {
        ulid = default;
        if (text.Length != TextLength || text[0] > '7')
            return false;
        UInt128 bits = 0;
        foreach (var character in text)
        {
            var digit = Alphabet.IndexOf(character, StringComparison.Ordinal);
            if (digit < 0)
                return false;
            bits = (bits << 5) | (UInt128)(uint)digit;
        }

        ulid = new Ulid(bits);
        return true;
    }

    public Guid ToGuid()
    {
        Span<byte> bytes = stackalloc byte[ByteLength];
        WriteBytes(bytes);
        return new Guid(bytes, bigEndian: true);
    }

    public void WriteBytes(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Bits);

    public int CompareTo(Ulid other) => Bits.CompareTo(other.Bits);

    public override string ToString() => string.Create(TextLength, Bits, static (text, bits) =>
    {
        for (var i = TextLength - 1; i >= 0; i--)
        {
            text[i] = Alphabet[(int)(uint)(bits & 31)];
            bits >>= 5;
        }
    });
}
