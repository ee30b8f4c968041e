namespace Evently.Shared.Storage.Rules;

/// <summary>
/// What a write's condition and changes come to as DynamoDB's expressions: bytes and operators of either, with every placeholder taken as long as the write's
/// longest. So that a write that DynamoDB would refuse is refused by every engine, on the machine of whoever wrote it.
/// </summary>
internal struct ExpressionSize
{
    private const int ExistsBytes = 20;
    private const int AbsentBytes = 22;
    private const int ComparisonBytes = 4;
    private const int ConjunctionBytes = 5;
    private const int ParenthesesBytes = 2;
    private const int NotBytes = 6;
    private const int KeywordBytes = 7;
    private const int AssignmentBytes = 5;
    private const int IfAbsentBytes = 17;

    // "(attribute_not_exists(#) OR # <= :)": an addition keeps its sum a number of 64 bits.
    private const int BoundBytes = ParenthesesBytes + AbsentBytes + ConjunctionBytes + ComparisonBytes;
    private const int BoundOperators = 3;

    private int _bytes;
    private int _operators;
    private int _placeholders;

    /// <exception cref="ArgumentException">One of the expressions is longer, or has more operators, than DynamoDB takes.</exception>
    public static void Check(Write write)
    {
        var (condition, update) = Of(write);
        Check("condition", condition);
        Check("update", update);
    }

    /// <summary>Bytes and operators of the write's condition, and of its changes; 0 where it has none.</summary>
    internal static ((int Bytes, int Operators) Condition, (int Bytes, int Operators) Update) Of(Write write)
    {
        var condition = OfCondition(write);
        var update = write is Write.UpdateWrite { Changes: var changes } ? OfChanges(changes) : default;
        var placeholderBytes = PlaceholderBytes(condition._placeholders + update._placeholders);
        return (condition.Totals(placeholderBytes), update.Totals(placeholderBytes));
    }

    private static ExpressionSize OfCondition(Write write)
    {
        var size = default(ExpressionSize);
        if (write.Condition is not Condition.AlwaysCondition)
            size.Add(write.Condition);
        if (write is not Write.UpdateWrite update)
            return size;
        for (var i = 0; i < update.Changes.Count; i++)
        {
            if (update.Changes[i] is not Change.AddChange)
                continue;
            size.Add(BoundBytes + ConjunctionBytes, BoundOperators + 1, placeholders: 3);
        }

        return size;
    }

    private static ExpressionSize OfChanges(IReadOnlyList<Change> changes)
    {
        var size = new ExpressionSize { _bytes = 3 * KeywordBytes };
        for (var i = 0; i < changes.Count; i++)
        {
            switch (changes[i])
            {
                case Change.SetIfAbsentChange:
                    size.Add(AssignmentBytes + IfAbsentBytes, 2, placeholders: 3);
                    break;
                case Change.RemoveChange:
                    size.Add(ParenthesesBytes, 1, placeholders: 1);
                    break;
                default:
                    size.Add(AssignmentBytes, 1, placeholders: 2);
                    break;
            }
        }

        return size;
    }

    private readonly (int Bytes, int Operators) Totals(int placeholderBytes) => (_bytes + (_placeholders * placeholderBytes), _operators);

    /// <summary>'#' or ':' and a number below <paramref name="count"/>.</summary>
    private static int PlaceholderBytes(int count) => count switch { <= 10 => 2, <= 100 => 3, _ => 4 };

    private void Add(Condition condition)
    {
        switch (condition)
        {
            case Condition.CompareCondition:
                Add(ComparisonBytes, 1, placeholders: 2);
                break;
            case Condition.AllCondition all:
                Add(all.Parts);
                break;
            case Condition.AnyCondition any:
                Add(any.Parts);
                break;
            case Condition.NotCondition not:
                Add(NotBytes, 1, placeholders: 0);
                Add(not.Inner);
                break;
            default:
                Add(ExistsBytes, 1, placeholders: 1);
                break;
        }
    }

    private void Add(IReadOnlyList<Condition> parts)
    {
        Add(ParenthesesBytes + (ConjunctionBytes * (parts.Count - 1)), parts.Count - 1, placeholders: 0);
        for (var i = 0; i < parts.Count; i++)
            Add(parts[i]);
    }

    private void Add(int bytes, int operators, int placeholders)
    {
        _bytes += bytes;
        _operators += operators;
        _placeholders += placeholders;
    }

    private static void Check(string what, (int Bytes, int Operators) size)
    {
        if (size.Bytes > TableLimits.ExpressionBytes)
            throw new ArgumentException($"A {what} whose expression has {size.Bytes} bytes; at most {TableLimits.ExpressionBytes}.");
        if (size.Operators > TableLimits.ExpressionOperators)
            throw new ArgumentException($"A {what} of {size.Operators} operators; at most {TableLimits.ExpressionOperators}.");
    }
}
