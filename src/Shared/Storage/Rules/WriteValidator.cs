namespace Evently.Shared.Storage.Rules;

/// <summary>The part of <see cref="RequestValidator"/> that looks into one write.</summary>
internal static class WriteValidator
{
    /// <returns>The bytes that the write adds to its transaction.</returns>
    public static int Validate(Write write)
    {
        RequestValidator.Key(write.Key);
        Validate(write.Condition, depth: 1);
        ExpressionSize.Check(write);
        return write switch
        {
            Write.PutWrite put => Validate(put),
            Write.UpdateWrite update => Validate(update),
            Write.DeleteWrite or Write.CheckWrite => ItemSize.Of(write.Key),
            _ => throw new ArgumentException($"No rule for {write.GetType().Name}."),
        };
    }

    private static int Validate(Write.PutWrite put)
    {
        var bytes = ItemSize.Of(put.Key);
        foreach (var (name, value) in put.Attributes)
            bytes += Validate(name, value);
        if (bytes > TableLimits.ItemBytes)
            throw ChangeApplier.TooLarge(put.Key);
        return bytes;
    }

    private static int Validate(Write.UpdateWrite update)
    {
        if (update.Changes.Count is 0 or > TableLimits.Changes)
            throw new ArgumentException($"An update of {update.Changes.Count} changes; 1 to {TableLimits.Changes}.");
        var bytes = ItemSize.Of(update.Key);
        for (var i = 0; i < update.Changes.Count; i++)
        {
            var change = update.Changes[i];
            bytes += Validate(change);
            for (var other = 0; other < i; other++)
            {
                if (string.Equals(update.Changes[other].Attribute, change.Attribute, StringComparison.Ordinal))
                    throw new ArgumentException($"Two changes of '{change.Attribute}' in one update.");
            }
        }

        if (bytes > TableLimits.ItemBytes)
            throw ChangeApplier.TooLarge(update.Key);
        return bytes;
    }

    private static int Validate(Change change)
    {
        switch (change)
        {
            case Change.SetChange set:
                return Validate(set.Attribute, set.Value);
            case Change.SetIfAbsentChange set:
                return Validate(set.Attribute, set.Value);
            case Change.AddChange add when add.Attribute is WellKnown.IndexPartition or WellKnown.IndexSort:
                throw ChangeApplier.NotANumber(add.Attribute);
            case Change.AddChange add:
                return Validate(add.Attribute, Value.Of(add.Amount));
            case Change.RemoveChange remove:
                return Name(remove.Attribute);
            default:
                throw new ArgumentException($"No rule for {change.GetType().Name}.");
        }
    }

    private static int Validate(string attribute, Value value)
    {
        var bytes = Name(attribute) + ItemSize.Of(value);
        switch (value.Kind)
        {
            case ValueKind.None:
                throw new ArgumentException($"The attribute '{attribute}' has no value; leave it out or remove it.");
            case ValueKind.String:
                RequestValidator.Text(value.String, "text");
                break;
        }

        switch (attribute)
        {
            case WellKnown.IndexPartition or WellKnown.IndexSort:
                if (value.Kind != ValueKind.String)
                    throw new ArgumentException($"The attribute '{attribute}' is a string.");
                RequestValidator.KeyPart(value.String, attribute);
                break;
            case WellKnown.TimeToLive when value.Kind != ValueKind.Number:
                throw new ArgumentException($"The attribute '{attribute}' is a number of seconds.");
        }

        return bytes;
    }

    private static int Name(string attribute)
    {
        if (string.IsNullOrEmpty(attribute))
            throw new ArgumentException("An attribute without a name.");
        if (attribute is WellKnown.Partition or WellKnown.Sort)
            throw new ArgumentException($"'{attribute}' is part of the key, not an attribute.");
        var bytes = RequestValidator.Text(attribute, "attribute name");
        return bytes <= TableLimits.AttributeNameBytes
            ? bytes
            : throw new ArgumentException($"An attribute name of {bytes} bytes; at most {TableLimits.AttributeNameBytes}.");
    }

    private static void Validate(Condition condition, int depth)
    {
        if (depth > TableLimits.ConditionDepth)
            throw new ArgumentException($"A condition of more than {TableLimits.ConditionDepth} levels.");
        switch (condition)
        {
            case Condition.AlwaysCondition when depth > 1:
                throw new ArgumentException("'Always' inside of another condition.");
            case Condition.AttributeExistsCondition exists:
                Name(exists.Attribute);
                break;
            case Condition.CompareCondition compare:
                Name(compare.Attribute);
                Operand(compare);
                break;
            case Condition.AllCondition all:
                Validate(all.Parts, depth);
                break;
            case Condition.AnyCondition any:
                Validate(any.Parts, depth);
                break;
            case Condition.NotCondition not:
                Validate(not.Inner, depth + 1);
                break;
        }
    }

    private static void Validate(IReadOnlyList<Condition> conditions, int depth)
    {
        if (conditions.Count == 0)
            throw new ArgumentException("'All' or 'any' of no conditions.");
        for (var i = 0; i < conditions.Count; i++)
            Validate(conditions[i], depth + 1);
    }

    private static void Operand(Condition.CompareCondition compare)
    {
        if (compare.Value.IsNone)
            throw new ArgumentException($"'{compare.Attribute}' is compared with no value; ask for its absence.");
        if (compare.Value.Kind == ValueKind.String)
            RequestValidator.Text(compare.Value.String, "text");
    }
}
