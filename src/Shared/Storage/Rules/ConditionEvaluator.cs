namespace Evently.Shared.Storage.Rules;

/// <summary>Decides a <see cref="Condition"/> on a stored item, as DynamoDB does.</summary>
internal static class ConditionEvaluator
{
    /// <param name="item">Null when nothing is stored under the key.</param>
    public static bool Holds(Condition condition, Item? item) => condition switch
    {
        Condition.AlwaysCondition => true,
        Condition.ItemExistsCondition => item is not null,
        Condition.AttributeExistsCondition exists => item is not null && item.Has(exists.Attribute),
        Condition.CompareCondition compare => Holds(compare, item),
        Condition.AllCondition all => All(all.Parts, item),
        Condition.AnyCondition any => Any(any.Parts, item),
        Condition.NotCondition not => !Holds(not.Inner, item),
        _ => throw new InvalidOperationException($"No rule for {condition.GetType().Name}."),
    };

    private static bool Holds(Condition.CompareCondition compare, Item? item)
    {
        var stored = item is null ? default : item[compare.Attribute];
        if (stored.Kind != compare.Value.Kind)
            return compare.Comparison == Comparison.NotEqual;
        if (compare.Comparison == Comparison.Equal)
            return stored == compare.Value;
        if (compare.Comparison == Comparison.NotEqual)
            return stored != compare.Value;
        var order = Order(stored, compare.Value);
        return compare.Comparison switch
        {
            Comparison.Less => order < 0,
            Comparison.LessOrEqual => order <= 0,
            Comparison.Greater => order > 0,
            Comparison.GreaterOrEqual => order >= 0,
            _ => throw new InvalidOperationException($"No rule for {compare.Comparison}."),
        };
    }

    private static int Order(Value left, Value right) => left.Kind switch
    {
        ValueKind.String => Utf8Order.Compare(left.String, right.String),
        ValueKind.Number => left.Number.CompareTo(right.Number),
        ValueKind.Binary => left.Binary.Span.SequenceCompareTo(right.Binary.Span),
        _ => throw new InvalidOperationException("An absent value has no order."),
    };

    private static bool All(IReadOnlyList<Condition> parts, Item? item)
    {
        for (var i = 0; i < parts.Count; i++)
        {
            if (!Holds(parts[i], item))
                return false;
        }

        return true;
    }

    private static bool Any(IReadOnlyList<Condition> parts, Item? item)
    {
        for (var i = 0; i < parts.Count; i++)
        {
            if (Holds(parts[i], item))
                return true;
        }

        return false;
    }
}
