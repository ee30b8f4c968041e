namespace Evently.Shared.Storage;

public enum Comparison
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary>
/// What must be true of the stored item for a write to apply. A small closed tree that each engine evaluates or renders.
/// A comparison with an absent attribute, or with one of another kind, is false (for <see cref="Comparison.NotEqual"/>: true), as in DynamoDB.
/// </summary>
public abstract record Condition
{
    /// <summary>The write applies whatever is stored. Stated in full so that no write is unconditional by oversight.</summary>
    public static readonly Condition Always = new AlwaysCondition();

    public static readonly Condition ItemExists = new ItemExistsCondition();

    public static readonly Condition ItemAbsent = new NotCondition(new ItemExistsCondition());

    private Condition()
    {
    }

    public static Condition Exists(string attribute) => new AttributeExistsCondition(attribute);

    public static Condition Absent(string attribute) => new NotCondition(new AttributeExistsCondition(attribute));

    public static Condition Compare(string attribute, Comparison comparison, Value value) => new CompareCondition(attribute, comparison, value);

    public static Condition Equal(string attribute, Value value) => Compare(attribute, Comparison.Equal, value);

    public static Condition Less(string attribute, Value value) => Compare(attribute, Comparison.Less, value);

    public static Condition All(params IReadOnlyList<Condition> conditions) => conditions.Count == 1 ? conditions[0] : new AllCondition(conditions);

    public static Condition Any(params IReadOnlyList<Condition> conditions) => conditions.Count == 1 ? conditions[0] : new AnyCondition(conditions);

    public static Condition Not(Condition condition) => new NotCondition(condition);

    public sealed record AlwaysCondition : Condition;

    public sealed record ItemExistsCondition : Condition;

    public sealed record AttributeExistsCondition(string Attribute) : Condition;

    public sealed record CompareCondition(string Attribute, Comparison Comparison, Value Value) : Condition;

    /// <summary>True when every part is true; never empty.</summary>
    public sealed record AllCondition(IReadOnlyList<Condition> Parts) : Condition;

    /// <summary>True when at least one part is true; never empty.</summary>
    public sealed record AnyCondition(IReadOnlyList<Condition> Parts) : Condition;

    public sealed record NotCondition(Condition Inner) : Condition;
}
