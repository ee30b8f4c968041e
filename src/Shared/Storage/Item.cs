namespace Evently.Shared.Storage;

/// <summary>The primary key of an item: its partition and its place inside the partition.</summary>
public readonly record struct ItemKey(string Partition, string Sort)
{
    public override string ToString() => $"{Partition} / {Sort}";
}

/// <summary>Attribute names that every engine gives a meaning to.</summary>
public static class WellKnown
{
    public const string Partition = "pk";
    public const string Sort = "sk";

    /// <summary>Partition of the one sparse secondary index (string). An item is in the index while it has both index attributes.</summary>
    public const string IndexPartition = "xpk";

    /// <summary>Sort value in the secondary index (string).</summary>
    public const string IndexSort = "xsk";

    /// <summary>
    /// Unix time in seconds (number) after which an engine may remove the item. Removal can lag by days (DynamoDB), so a
    /// reader for whom it matters compares the value itself.
    /// </summary>
    public const string TimeToLive = "ttl";
}

/// <summary>An item as it was read: its key and its attributes (without the key attributes).</summary>
public sealed class Item(ItemKey key, IReadOnlyDictionary<string, Value> attributes)
{
    public ItemKey Key { get; } = key;

    public IReadOnlyDictionary<string, Value> Attributes { get; } = attributes;

    /// <summary>The attribute, or a value of kind <see cref="ValueKind.None"/> when it is absent.</summary>
    public Value this[string name] => Attributes.GetValueOrDefault(name);

    public bool Has(string name) => Attributes.ContainsKey(name);
}
