using System.Text;

namespace Evently.Shared.Storage.Rules;

/// <summary>
/// A range of sort values as UTF-8 bytes, from <see cref="Lower"/> up to, not including, <see cref="Upper"/>; null is open. In byte order a
/// value's next neighbour is itself and a zero byte, so every kind of end can be written this way.
/// </summary>
internal readonly record struct ByteRange(byte[] Lower, byte[]? Upper)
{
    public static ByteRange Of(SortRange range)
    {
        if (range.Prefix is { Length: > 0 } prefix)
            return new ByteRange(Encoding.UTF8.GetBytes(prefix), BehindPrefix(prefix));
        return new ByteRange(
            range.From is null ? [] : Encoding.UTF8.GetBytes(range.From),
            range.To is null ? null : Behind(range.To));
    }

    public ByteRange StartingBehind(string value) => StartingAt(Behind(value));

    public ByteRange StartingAt(byte[] bytes) => Lower.AsSpan().SequenceCompareTo(bytes) >= 0 ? this : this with { Lower = bytes };

    public ByteRange EndingBefore(byte[] bytes) =>
        Upper is not null && Upper.AsSpan().SequenceCompareTo(bytes) <= 0 ? this : this with { Upper = bytes };

    public static byte[] Behind(string value)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(value) + 1];
        Encoding.UTF8.GetBytes(value, bytes);
        return bytes;
    }

    private static byte[] BehindPrefix(string prefix)
    {
        // UTF-8 has no 0xFF byte, so the last one can always be raised.
        var bytes = Encoding.UTF8.GetBytes(prefix);
        bytes[^1]++;
        return bytes;
    }
}
