namespace Evently.Shared.Storage;

/// <summary>One change of one attribute inside an <see cref="Write.Update"/>.</summary>
public abstract record Change(string Attribute)
{
    public static Change Set(string attribute, Value value) => new SetChange(attribute, value);

    /// <summary>Sets the attribute unless it is there already.</summary>
    public static Change SetIfAbsent(string attribute, Value value) => new SetIfAbsentChange(attribute, value);

    /// <summary>Adds to a number; an absent attribute counts as 0.</summary>
    public static Change Add(string attribute, long amount) => new AddChange(attribute, amount);

    public static Change Remove(string attribute) => new RemoveChange(attribute);

    public sealed record SetChange(string Attribute, Value Value) : Change(Attribute);

    public sealed record SetIfAbsentChange(string Attribute, Value Value) : Change(Attribute);

    public sealed record AddChange(string Attribute, long Amount) : Change(Attribute);

    public sealed record RemoveChange(string Attribute) : Change(Attribute);
}

/// <summary>A write of one item. Every write states its condition.</summary>
public abstract record Write(ItemKey Key, Condition Condition)
{
    /// <summary>Stores the item, replacing what was there.</summary>
    public static Write Put(ItemKey key, IReadOnlyDictionary<string, Value> attributes, Condition condition) => new PutWrite(key, attributes, condition);

    /// <summary>Changes attributes of the item and creates it when it is absent. At most one change an attribute.</summary>
    public static Write Update(ItemKey key, IReadOnlyList<Change> changes, Condition condition) => new UpdateWrite(key, changes, condition);

    /// <summary>Removes the item; removing an absent item succeeds if the condition holds.</summary>
    public static Write Delete(ItemKey key, Condition condition) => new DeleteWrite(key, condition);

    /// <summary>Only asserts the condition; allowed in transactions only.</summary>
    public static Write Check(ItemKey key, Condition condition) => new CheckWrite(key, condition);

    public sealed record PutWrite(ItemKey Key, IReadOnlyDictionary<string, Value> Attributes, Condition Condition) : Write(Key, Condition);

    public sealed record UpdateWrite(ItemKey Key, IReadOnlyList<Change> Changes, Condition Condition) : Write(Key, Condition);

    public sealed record DeleteWrite(ItemKey Key, Condition Condition) : Write(Key, Condition);

    public sealed record CheckWrite(ItemKey Key, Condition Condition) : Write(Key, Condition);
}

/// <summary>The outcome of a single write.</summary>
/// <param name="Applied">False when the condition refused the write; then nothing changed.</param>
/// <param name="Item">
/// Applied: the item as it is now (null after a delete). Refused: the item that refused, or null when there was none
/// <b>or the engine could not tell</b> (DynamoDB Local), so a caller that needs it reads again.
/// </param>
public readonly record struct WriteResult(bool Applied, Item? Item);

/// <summary>The outcome of a transaction.</summary>
/// <param name="Applied">True when every write was applied; false when none was.</param>
/// <param name="Refused">Indexes of the writes whose conditions refused; empty when applied.</param>
/// <param name="RefusedItems">Beside <paramref name="Refused"/>: the items that refused, null where there was none or the engine could not tell.</param>
public sealed record TransactionResult(bool Applied, IReadOnlyList<int> Refused, IReadOnlyList<Item?> RefusedItems)
{
    public static readonly TransactionResult Success = new(true, [], []);
}
