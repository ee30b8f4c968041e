using System.Text;

namespace Evently.Shared.Storage.Rules;

/// <summary>Sizes in bytes, counted as DynamoDB bills and bounds them: names and values, strings as UTF-8.</summary>
internal static class ItemSize
{
    public static int Of(ItemKey key) =>
        WellKnown.Partition.Length + WellKnown.Sort.Length + Encoding.UTF8.GetByteCount(key.Partition) + Encoding.UTF8.GetByteCount(key.Sort);

    public static int Of(string attribute, Value value) => Encoding.UTF8.GetByteCount(attribute) + Of(value);

    public static int Of(Item item)
    {
        var bytes = Of(item.Key);
        foreach (var (name, value) in item.Attributes)
            bytes += Of(name, value);
        return bytes;
    }

    public static int Of(Value value) => value.Kind switch
    {
        ValueKind.String => Encoding.UTF8.GetByteCount(value.String),
        ValueKind.Number => OfNumber(value.Number),
        ValueKind.Binary => value.Binary.Length,
        _ => 0,
    };

    /// <summary>A byte for every two significant digits and one more, and one for the sign.</summary>
    private static int OfNumber(long number)
    {
        if (number == 0)
            return 1;
        var sign = number < 0 ? 1 : 0;
        var magnitude = number < 0 ? (UInt128)(-(Int128)number) : (UInt128)number;
        while (magnitude % 10 == 0)
            magnitude /= 10;
        var digits = 0;
        for (; magnitude > 0; magnitude /= 10)
            digits++;
        return ((digits + 1) / 2) + 1 + sign;
    }
}
