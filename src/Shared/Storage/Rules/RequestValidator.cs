using System.Text;

namespace Evently.Shared.Storage.Rules;

/// <summary>
/// Refuses, with <see cref="ArgumentException"/> and before any engine is asked, what breaks a <see cref="TableLimits">bound</see> or the table's
/// contract; so that every engine refuses the same.
/// </summary>
internal static class RequestValidator
{
    public static void Key(ItemKey key)
    {
        KeyPart(key.Partition, "partition key");
        KeyPart(key.Sort, "sort key");
    }

    public static void Keys(IReadOnlyList<ItemKey> keys)
    {
        if (keys.Count > TableLimits.BatchGetKeys)
            throw new ArgumentException($"{keys.Count} keys in one batched get; at most {TableLimits.BatchGetKeys}.");
        var seen = new HashSet<ItemKey>(keys.Count);
        for (var i = 0; i < keys.Count; i++)
        {
            Key(keys[i]);
            if (!seen.Add(keys[i]))
                throw new ArgumentException($"The key {keys[i]} is asked for twice.");
        }
    }

    public static void Query(Query query)
    {
        Page(query.Partition, query.Range, query.Limit);
        if (query.After is not null)
            KeyPart(query.After, "place to continue after");
    }

    public static void Query(IndexQuery query)
    {
        Page(query.Partition, query.Range, query.Limit);
        if (query.After is null)
            return;
        Key(query.After.Key);
        KeyPart(query.After.IndexSort, "index sort value to continue after");
    }

    public static void Single(Write write)
    {
        if (write is Write.CheckWrite)
            throw new ArgumentException("A check alone changes nothing; it belongs into a transaction.");
        WriteValidator.Validate(write);
    }

    public static void Transaction(IReadOnlyList<Write> writes)
    {
        if (writes.Count is 0 or > TableLimits.TransactionWrites)
            throw new ArgumentException($"A transaction of {writes.Count} writes; 1 to {TableLimits.TransactionWrites}.");
        var bytes = 0L;
        var seen = new HashSet<ItemKey>(writes.Count);
        for (var i = 0; i < writes.Count; i++)
        {
            bytes += WriteValidator.Validate(writes[i]);
            if (!seen.Add(writes[i].Key))
                throw new ArgumentException($"Two writes of {writes[i].Key} in one transaction.");
        }

        if (bytes > TableLimits.TransactionBytes)
            throw new ArgumentException($"A transaction of {bytes} bytes; at most {TableLimits.TransactionBytes}.");
    }

    public static void Many(IReadOnlyList<Write> writes)
    {
        var seen = new HashSet<ItemKey>(writes.Count);
        for (var i = 0; i < writes.Count; i++)
        {
            if (writes[i] is not (Write.PutWrite or Write.DeleteWrite) || writes[i].Condition is not Condition.AlwaysCondition)
                throw new ArgumentException("Independent writes are puts and deletes that always apply.");
            WriteValidator.Validate(writes[i]);
            if (!seen.Add(writes[i].Key))
                throw new ArgumentException($"Two independent writes of {writes[i].Key}.");
        }
    }

    internal static void KeyPart(string? value, string what)
    {
        if (string.IsNullOrEmpty(value))
            throw new ArgumentException($"The {what} is empty.");
        if (Text(value, what) > TableLimits.KeyBytes)
            throw new ArgumentException($"The {what} is longer than {TableLimits.KeyBytes} bytes.");
    }

    /// <returns>The length in UTF-8 bytes.</returns>
    internal static int Text(string value, string what)
    {
        for (var i = value.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF'); i >= 0 && i < value.Length; i++)
        {
            if (!char.IsSurrogate(value[i]))
                continue;
            if (i + 1 == value.Length || !char.IsSurrogatePair(value[i], value[i + 1]))
                throw new ArgumentException($"The {what} has half a surrogate pair, which UTF-8 can't hold.");
            i++;
        }

        return Encoding.UTF8.GetByteCount(value);
    }

    private static void Page(string partition, SortRange range, int limit)
    {
        KeyPart(partition, "partition key");
        if (limit is < 1 or > TableLimits.PageItems)
            throw new ArgumentException($"A page of {limit} items; 1 to {TableLimits.PageItems}.");
        if (range.Prefix is not null && (range.From is not null || range.To is not null))
            throw new ArgumentException("A range has a prefix or ends, not both.");
        RangeEnd(range.From);
        RangeEnd(range.To);
        RangeEnd(range.Prefix);
    }

    private static void RangeEnd(string? end)
    {
        if (end is not null && Text(end, "end of the range") > TableLimits.KeyBytes)
            throw new ArgumentException($"An end of the range is longer than {TableLimits.KeyBytes} bytes.");
    }
}
