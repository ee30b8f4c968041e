using System.Text;

namespace Evently.Shared.Storage;

public enum ValueKind
{
    /// <summary>No value: the attribute is absent.</summary>
    None,
    String,
    Number,
    Binary,
}

/// <summary>
/// One attribute of an item: a string, a 64-bit signed integer or bytes. Engines order strings by their UTF-8 bytes and
/// binaries byte by byte, unsigned, as DynamoDB does.
/// </summary>
public readonly struct Value : IEquatable<Value>
{
    private readonly object? _reference;
    private readonly long _number;

    private Value(ValueKind kind, object? reference, long number)
    {
        Kind = kind;
        _reference = reference;
        _number = number;
    }

    public ValueKind Kind { get; }

    public bool IsNone => Kind == ValueKind.None;

    public string String => Kind == ValueKind.String ? _reference as string ?? Encoding.UTF8.GetString((byte[])_reference!) : throw Mismatch(ValueKind.String);

    /// <summary>Whether <see cref="Utf8"/>, and not <see cref="String"/>, is what the value has without a conversion.</summary>
    internal bool IsUtf8 => Kind == ValueKind.String && _reference is byte[];

    /// <summary>A string in UTF-8; without a conversion where it came as that.</summary>
    public ReadOnlyMemory<byte> Utf8 => Kind == ValueKind.String ? _reference as byte[] ?? Encoding.UTF8.GetBytes((string)_reference!) : throw Mismatch(ValueKind.String);

    public long Number => Kind == ValueKind.Number ? _number : throw Mismatch(ValueKind.Number);

    public ReadOnlyMemory<byte> Binary => Kind == ValueKind.Binary ? (byte[])_reference! : throw Mismatch(ValueKind.Binary);

    public static Value Of(string value) => new(ValueKind.String, value ?? throw new ArgumentNullException(nameof(value)), 0);

    /// <summary>A string from its UTF-8 bytes. Takes ownership of <paramref name="utf8"/>, which must be well formed.</summary>
    public static Value OfUtf8(byte[] utf8) => new(ValueKind.String, utf8 ?? throw new ArgumentNullException(nameof(utf8)), 0);

    public static Value Of(long value) => new(ValueKind.Number, null, value);

    /// <summary>Takes ownership of <paramref name="value"/>: the caller must not write to it afterwards.</summary>
    public static Value Of(byte[] value) => new(ValueKind.Binary, value ?? throw new ArgumentNullException(nameof(value)), 0);

    public static implicit operator Value(string value) => Of(value);

    public static implicit operator Value(long value) => Of(value);

    public static implicit operator Value(byte[] value) => Of(value);

    public static bool operator ==(Value left, Value right) => left.Equals(right);

    public static bool operator !=(Value left, Value right) => !left.Equals(right);

    public bool Equals(Value other) => Kind == other.Kind && Kind switch
    {
        ValueKind.None => true,
        ValueKind.String => _reference is string mine && other._reference is string theirs
            ? string.Equals(mine, theirs, StringComparison.Ordinal)
            : Utf8.Span.SequenceEqual(other.Utf8.Span),
        ValueKind.Number => _number == other._number,
        _ => Binary.Span.SequenceEqual(other.Binary.Span),
    };

    public override bool Equals(object? obj) => obj is Value other && Equals(other);

    public override int GetHashCode() => Kind switch
    {
        ValueKind.None => 0,
        ValueKind.String => string.GetHashCode(String, StringComparison.Ordinal),
        ValueKind.Number => _number.GetHashCode(),
        _ => BinaryHash(),
    };

    public override string ToString() => Kind switch
    {
        ValueKind.None => "(none)",
        ValueKind.String => String,
        ValueKind.Number => _number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => Convert.ToHexString(Binary.Span),
    };

    private int BinaryHash()
    {
        var hash = default(HashCode);
        hash.AddBytes(Binary.Span);
        return hash.ToHashCode();
    }

    private InvalidOperationException Mismatch(ValueKind asked) => new($"The attribute is {Kind}, not {asked}.");
}
