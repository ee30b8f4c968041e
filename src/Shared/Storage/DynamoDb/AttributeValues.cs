using System.Globalization;
using System.Runtime.InteropServices;
using Amazon.DynamoDBv2.Model;

namespace Evently.Shared.Storage.DynamoDb;

/// <summary>Items and values as DynamoDB's client has them.</summary>
internal static class AttributeValues
{
    public static AttributeValue Of(string text) => new() { S = text };

    public static AttributeValue Of(Value value) => value.Kind switch
    {
        ValueKind.String => new AttributeValue { S = value.String },
        ValueKind.Number => new AttributeValue { N = value.Number.ToString(CultureInfo.InvariantCulture) },
        ValueKind.Binary => new AttributeValue { B = StreamOf(value.Binary) },
        _ => throw new ArgumentException("There is no value."),
    };

    public static Dictionary<string, AttributeValue> Of(ItemKey key) => new(StringComparer.Ordinal)
    {
        [WellKnown.Partition] = Of(key.Partition),
        [WellKnown.Sort] = Of(key.Sort),
    };

    public static Dictionary<string, AttributeValue> Of(Write.PutWrite put)
    {
        var attributes = Of(put.Key);
        foreach (var (name, value) in put.Attributes)
            attributes.Add(name, Of(value));
        return attributes;
    }

    public static ItemKey KeyOf(Dictionary<string, AttributeValue> attributes) =>
        new(attributes[WellKnown.Partition].S, attributes[WellKnown.Sort].S);

    /// <summary>Null when the client has no attributes: then there was no item, or the engine did not send it.</summary>
    public static Item? ItemOf(Dictionary<string, AttributeValue>? attributes)
    {
        if (attributes is null || attributes.Count == 0)
            return null;
        var values = new Dictionary<string, Value>(attributes.Count - 2);
        foreach (var (name, value) in attributes)
        {
            if (name is not (WellKnown.Partition or WellKnown.Sort))
                values.Add(name, ValueOf(name, value));
        }

        return new Item(KeyOf(attributes), values);
    }

    private static Value ValueOf(string name, AttributeValue value)
    {
        if (value.S is not null)
            return Value.Of(value.S);
        if (value.N is not null)
            return Value.Of(long.Parse(value.N, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
        if (value.B is not null)
            return Value.Of(value.B.ToArray());
        throw new TableUnavailableException($"The attribute '{name}' has a kind that Evently does not write.");
    }

    private static MemoryStream StreamOf(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out var array) ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false, publiclyVisible: true) : new MemoryStream(bytes.ToArray());
}
