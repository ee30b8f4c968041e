namespace Evently.Shared.Storage.Rules;

/// <summary>Works out the item that a write leaves behind. What it can't do, it refuses with <see cref="ArgumentException"/> before anything is changed.</summary>
internal static class ChangeApplier
{
    /// <summary>The item after the write; null when there is none then.</summary>
    public static Item? Apply(Write write, Item? current) => write switch
    {
        Write.PutWrite put => new Item(put.Key, Copy(put.Attributes)),
        Write.UpdateWrite update => Update(update, current),
        Write.DeleteWrite => null,
        Write.CheckWrite => current,
        _ => throw new InvalidOperationException($"No rule for {write.GetType().Name}."),
    };

    public static ArgumentException OutOfRange(string attribute) => new($"The number in '{attribute}' would leave the 64-bit range.");

    public static ArgumentException NotANumber(string attribute) => new($"The attribute '{attribute}' is not a number, so nothing can be added to it.");

    public static ArgumentException TooLarge(ItemKey key) => new($"The item {key} would be larger than {TableLimits.ItemBytes} bytes.");

    private static Item Update(Write.UpdateWrite update, Item? current)
    {
        var attributes = current is null ? new Dictionary<string, Value>(update.Changes.Count) : Copy(current.Attributes);
        for (var i = 0; i < update.Changes.Count; i++)
            Apply(update.Changes[i], attributes);
        var item = new Item(update.Key, attributes);
        return ItemSize.Of(item) <= TableLimits.ItemBytes ? item : throw TooLarge(update.Key);
    }

    private static void Apply(Change change, Dictionary<string, Value> attributes)
    {
        switch (change)
        {
            case Change.SetChange set:
                attributes[set.Attribute] = set.Value;
                break;
            case Change.SetIfAbsentChange set:
                attributes.TryAdd(set.Attribute, set.Value);
                break;
            case Change.AddChange add:
                attributes[add.Attribute] = Add(add, attributes.GetValueOrDefault(add.Attribute));
                break;
            case Change.RemoveChange remove:
                attributes.Remove(remove.Attribute);
                break;
            default:
                throw new InvalidOperationException($"No rule for {change.GetType().Name}.");
        }
    }

    private static Value Add(Change.AddChange add, Value stored)
    {
        if (stored.Kind is not (ValueKind.None or ValueKind.Number))
            throw NotANumber(add.Attribute);
        var sum = (Int128)(stored.IsNone ? 0 : stored.Number) + add.Amount;
        if (sum < long.MinValue || sum > long.MaxValue)
            throw OutOfRange(add.Attribute);
        return Value.Of((long)sum);
    }

    private static Dictionary<string, Value> Copy(IReadOnlyDictionary<string, Value> attributes)
    {
        if (attributes is Dictionary<string, Value> dictionary)
            return new Dictionary<string, Value>(dictionary);
        var copy = new Dictionary<string, Value>(attributes.Count);
        foreach (var (name, value) in attributes)
            copy.Add(name, value);
        return copy;
    }
}
