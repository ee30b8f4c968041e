using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Evently.Shared.Http;

/// <summary>An amount that a decimal can't hold exactly, such as <c>1e-30</c>, is refused instead of rounded.</summary>
internal sealed class ExactDecimalConverter : JsonConverter<decimal>
{
    /// <summary>What any decimal can hold, before and behind the point.</summary>
    private const int Digits = 28;

    public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number
        && IsExact(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan)
        && reader.TryGetDecimal(out var value)
            ? value
            : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) => writer.WriteNumberValue(value);

    /// <param name="number">A number by JSON's grammar.</param>
    private static bool IsExact(ReadOnlySpan<byte> number)
    {
        var exponent = 0;
        if (number.IndexOfAny((byte)'e', (byte)'E') is >= 0 and var mark)
        {
            var power = number[(mark + 1)..].TrimStart((byte)'+');
            if (!Utf8Parser.TryParse(power, out exponent, out var read) || read != power.Length)
                return false;
            number = number[..mark];
        }

        var point = number.IndexOf((byte)'.');
        var decimals = point < 0 ? 0 : number.Length - point - 1;
        return number.Length <= Digits && (long)decimals - exponent <= Digits;
    }
}
