using System.Text;

namespace Evently.Shared.Storage.Embedded;

/// <summary>
/// The stored form of an item's attributes: a version byte, the count, and for each attribute its name, kind and value. Lengths and
/// numbers (zigzag) are base-128 variable-length integers.
/// </summary>
internal static class ItemCodec
{
    private const byte Version = 1;

    /// <summary>A text this long is a document, which is parsed as UTF-8.</summary>
    private const int DocumentBytes = 256;

    public static void Encode(IReadOnlyDictionary<string, Value> attributes, ByteWriter writer)
    {
        writer.Clear();
        writer.Byte(Version);
        writer.Variable((ulong)attributes.Count);
        if (attributes is Dictionary<string, Value> dictionary)
        {
            // Without an interface in between, enumerating allocates nothing.
            foreach (var (name, value) in dictionary)
                Encode(name, value, writer);
            return;
        }

        foreach (var (name, value) in attributes)
            Encode(name, value, writer);
    }

    public static Dictionary<string, Value> Decode(ReadOnlySpan<byte> bytes, AttributeNames names)
    {
        if (bytes.IsEmpty || bytes[0] != Version)
            throw new TableUnavailableException("An item in the data file is not readable: unknown encoding.");
        bytes = bytes[1..];
        var count = (int)Variable(ref bytes);
        var attributes = new Dictionary<string, Value>(count);
        for (var i = 0; i < count; i++)
        {
            var name = names.Get(Take(ref bytes, (int)Variable(ref bytes)));
            var kind = (ValueKind)bytes[0];
            bytes = bytes[1..];
            attributes.Add(name, kind switch
            {
                ValueKind.String => Text(Take(ref bytes, (int)Variable(ref bytes))),
                ValueKind.Number => Value.Of(ZigZag(Variable(ref bytes))),
                ValueKind.Binary => Value.Of(Take(ref bytes, (int)Variable(ref bytes)).ToArray()),
                _ => throw new TableUnavailableException($"An item in the data file is not readable: kind {kind}."),
            });
        }

        return attributes;
    }

    private static void Encode(string name, Value value, ByteWriter writer)
    {
        writer.Text(name);
        writer.Byte((byte)value.Kind);
        switch (value.Kind)
        {
            case ValueKind.String:
                writer.Text(value);
                break;
            case ValueKind.Number:
                writer.Variable((ulong)((value.Number << 1) ^ (value.Number >> 63)));
                break;
            case ValueKind.Binary:
                writer.Variable((ulong)value.Binary.Length);
                writer.Bytes(value.Binary.Span);
                break;
            default:
                throw new ArgumentException($"The attribute '{name}' has no value.");
        }
    }

    private static Value Text(ReadOnlySpan<byte> utf8) => utf8.Length >= DocumentBytes ? Value.OfUtf8(utf8.ToArray()) : Value.Of(Encoding.UTF8.GetString(utf8));

    private static long ZigZag(ulong bits) => (long)(bits >> 1) ^ -(long)(bits & 1);

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> bytes, int length)
    {
        var taken = bytes[..length];
        bytes = bytes[length..];
        return taken;
    }

    private static ulong Variable(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (var (i, shift) = (0, 0); ; i++, shift += 7)
        {
            value |= (ulong)(bytes[i] & 0x7F) << shift;
            if (bytes[i] >= 0x80)
                continue;
            bytes = bytes[(i + 1)..];
            return value;
        }
    }
}
