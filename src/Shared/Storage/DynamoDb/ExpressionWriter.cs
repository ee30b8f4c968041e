using System.Globalization;
using System.Text;
using Amazon.DynamoDBv2.Model;

namespace Evently.Shared.Storage.DynamoDb;

/// <summary>Renders one write's condition and changes as DynamoDB expressions. Every name and value is a placeholder, so no name is reserved and no text is parsed.</summary>
internal sealed class ExpressionWriter
{
    private const string AnyState = "attribute_exists(pk) OR attribute_not_exists(pk)";
    private readonly Dictionary<string, string> _placeholders = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AttributeValue> _values = new(StringComparer.Ordinal);

    /// <summary>Null when there are none: DynamoDB refuses an empty map.</summary>
    public Dictionary<string, string>? Names => _names.Count == 0 ? null : _names;

    public Dictionary<string, AttributeValue>? Values => _values.Count == 0 ? null : _values;

    /// <summary>
    /// The write's condition, and the bounds that keep what it adds to a number, and inside of 64 bits (DynamoDB's own numbers go on to 38 digits). Null when it
    /// always applies.
    /// </summary>
    public string? ConditionOf(Write write)
    {
        var text = new StringBuilder();
        if (write.Condition is not Condition.AlwaysCondition)
            Append(text, write.Condition);
        if (write is Write.UpdateWrite update)
        {
            for (var i = 0; i < update.Changes.Count; i++)
            {
                if (update.Changes[i] is Change.AddChange add)
                    AppendBound(text, add);
            }
        }

        return text.Length > 0 ? text.ToString() : write is Write.CheckWrite ? AnyState : null;
    }

    public string UpdateOf(IReadOnlyList<Change> changes)
    {
        var (set, add, remove) = (new StringBuilder(), new StringBuilder(), new StringBuilder());
        for (var i = 0; i < changes.Count; i++)
        {
            var name = Name(changes[i].Attribute);
            switch (changes[i])
            {
                case Change.SetChange change:
                    Clause(set, "SET ").Append(name).Append(" = ").Append(Operand(change.Value));
                    break;
                case Change.SetIfAbsentChange change:
                    Clause(set, "SET ").Append(name).Append(" = if_not_exists(").Append(name).Append(", ").Append(Operand(change.Value)).Append(')');
                    break;
                case Change.AddChange change:
                    Clause(add, "ADD ").Append(name).Append(' ').Append(Operand(Value.Of(change.Amount)));
                    break;
                case Change.RemoveChange:
                    Clause(remove, "REMOVE ").Append(name);
                    break;
                default:
                    throw new InvalidOperationException($"No expression for {changes[i].GetType().Name}.");
            }
        }

        return string.Join(' ', new[] { set, add, remove }.Where(clause => clause.Length > 0));
    }

    private static StringBuilder Clause(StringBuilder clause, string keyword) => clause.Append(clause.Length == 0 ? keyword : ", ");

    private static string Symbol(Comparison comparison) => comparison switch
    {
        Comparison.Equal => " = ",
        Comparison.NotEqual => " <> ",
        Comparison.Less => " < ",
        Comparison.LessOrEqual => " <= ",
        Comparison.Greater => " > ",
        Comparison.GreaterOrEqual => " >= ",
        _ => throw new InvalidOperationException($"No expression for {comparison}."),
    };

    private void Append(StringBuilder text, Condition condition)
    {
        switch (condition)
        {
            case Condition.ItemExistsCondition:
                text.Append("attribute_exists(pk)");
                break;
            case Condition.AttributeExistsCondition exists:
                text.Append("attribute_exists(").Append(Name(exists.Attribute)).Append(')');
                break;
            case Condition.CompareCondition compare:
                text.Append(Name(compare.Attribute)).Append(Symbol(compare.Comparison)).Append(Operand(compare.Value));
                break;
            case Condition.AllCondition all:
                Append(text, all.Parts, " AND ");
                break;
            case Condition.AnyCondition any:
                Append(text, any.Parts, " OR ");
                break;
            case Condition.NotCondition { Inner: Condition.ItemExistsCondition }:
                text.Append("attribute_not_exists(pk)");
                break;
            case Condition.NotCondition { Inner: Condition.AttributeExistsCondition exists }:
                text.Append("attribute_not_exists(").Append(Name(exists.Attribute)).Append(')');
                break;
            case Condition.NotCondition { Inner: Condition.AllCondition { Parts.Count: > 1 } or Condition.AnyCondition { Parts.Count: > 1 } } not:
                // These bring their own parentheses; DynamoDB refuses redundant ones.
                text.Append("NOT ");
                Append(text, not.Inner);
                break;
            case Condition.NotCondition not:
                text.Append("NOT (");
                Append(text, not.Inner);
                text.Append(')');
                break;
            default:
                throw new InvalidOperationException($"No expression for {condition.GetType().Name}.");
        }
    }

    private void Append(StringBuilder text, IReadOnlyList<Condition> parts, string symbol)
    {
        if (parts.Count == 1)
        {
            Append(text, parts[0]);
            return;
        }

        text.Append('(');
        for (var i = 0; i < parts.Count; i++)
        {
            if (i > 0)
                text.Append(symbol);
            Append(text, parts[i]);
        }

        text.Append(')');
    }

    private void AppendBound(StringBuilder text, Change.AddChange add)
    {
        if (text.Length > 0)
            text.Append(" AND ");
        var name = Name(add.Attribute);
        text.Append("(attribute_not_exists(").Append(name).Append(") OR ").Append(name).Append(add.Amount >= 0
            ? $" <= {Operand(Value.Of(long.MaxValue - add.Amount))})"
            : $" >= {Operand(Value.Of(long.MinValue - add.Amount))})");
    }

    private string Name(string attribute)
    {
        if (!_placeholders.TryGetValue(attribute, out var placeholder))
        {
            placeholder = string.Create(CultureInfo.InvariantCulture, $"#{_placeholders.Count}");
            _placeholders.Add(attribute, placeholder);
            _names.Add(placeholder, attribute);
        }

        return placeholder;
    }

    private string Operand(Value value)
    {
        var placeholder = string.Create(CultureInfo.InvariantCulture, $":{_values.Count}");
        _values.Add(placeholder, AttributeValues.Of(value));
        return placeholder;
    }
}
