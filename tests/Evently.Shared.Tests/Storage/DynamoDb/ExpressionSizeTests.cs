using Evently.Shared.Storage;
using Evently.Shared.Storage.DynamoDb;
using Evently.Shared.Storage.Rules;

namespace Evently.Shared.Tests.Storage.DynamoDb;

/// <summary>The rule that counts expressions for every engine against the texts that DynamoDB is sent.</summary>
public sealed class ExpressionSizeTests
{
    // Placeholders are taken as long as the longest, a NOT as one with parentheses.
    private const int Slack = 40;

    [Fact]
    public void A_count_is_never_below_the_text_and_close_to_it()
    {
        var random = new Random(4711);
        for (var i = 0; i < 2_000; i++)
        {
            var condition = random.Next(4) == 0 ? Condition.Always : Tree(random, levels: 4);
            var update = (Write.UpdateWrite)Write.Update(new ItemKey("p", "s"), [.. Enumerable.Range(0, random.Next(1, 60)).Select(n => Some(random, $"a{n}"))], condition);
            var writer = new ExpressionWriter();
            var changes = writer.UpdateOf(update.Changes);
            var text = writer.ConditionOf(update) ?? "";
            var size = ExpressionSize.Of(update);

            AssertClose(text, size.Condition);
            AssertClose(changes, size.Update);
        }
    }

    private static void AssertClose(string text, (int Bytes, int Operators) size)
    {
        Assert.InRange(size.Bytes, text.Length, (text.Length * 3 / 2) + Slack);
        var operators = text.Split(' ', '(', ')', ',').Count(word => word is "AND" or "OR" or "NOT" or "=" or "<>" or "<" or "<=" or ">" or ">=" or "attribute_exists" or "attribute_not_exists" or "if_not_exists");
        Assert.True(size.Operators >= operators, $"{size.Operators} were counted, and {operators} are in {text}");
    }

    private static Change Some(Random random, string attribute) => random.Next(4) switch
    {
        0 => Change.Set(attribute, 1),
        1 => Change.SetIfAbsent(attribute, "x"),
        2 => Change.Add(attribute, random.Next(-5, 5)),
        _ => Change.Remove(attribute),
    };

    private static Condition Tree(Random random, int levels) => random.Next(levels == 0 ? 4 : 7) switch
    {
        0 => Condition.ItemExists,
        1 => Condition.ItemAbsent,
        2 => Condition.Exists($"a{random.Next(40)}"),
        3 => Condition.Compare($"a{random.Next(40)}", (Comparison)random.Next(6), 7),
        4 => Condition.Not(Tree(random, levels - 1)),
        5 => Condition.All([.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Tree(random, levels - 1))]),
        _ => Condition.Any([.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Tree(random, levels - 1))]),
    };
}
