using Evently.Shared.Storage;

namespace Evently.Shared.Tests.Storage.Contract;

public abstract partial class TableContract
{
    private static readonly Value High = new byte[] { 0x80 };
    private static readonly Value Blob = new byte[] { 5, 1 };

    // Name, condition, whether it holds on { text: "m", number: 5, blob: 0501 }, and on no item.
    private static readonly (string Name, Condition Condition, bool OnItem, bool OnNothing)[] Cases =
    [
        ("always", Condition.Always, true, true),
        ("item exists", Condition.ItemExists, true, false),
        ("item absent", Condition.ItemAbsent, false, true),
        ("attribute exists", Condition.Exists("text"), true, false),
        ("other attribute exists", Condition.Exists("other"), false, false),
        ("attribute absent", Condition.Absent("text"), false, true),
        ("other attribute absent", Condition.Absent("other"), true, true),
        ("text equal", Condition.Equal("text", "m"), true, false),
        ("text not equal to itself", Condition.Compare("text", Comparison.NotEqual, "m"), false, true),
        ("text not equal", Condition.Compare("text", Comparison.NotEqual, "n"), true, true),
        ("text less", Condition.Less("text", "n"), true, false),
        ("text less than itself", Condition.Less("text", "m"), false, false),
        ("text less or equal", Condition.Compare("text", Comparison.LessOrEqual, "m"), true, false),
        ("text greater", Condition.Compare("text", Comparison.Greater, "l"), true, false),
        ("text greater than its extension", Condition.Compare("text", Comparison.Greater, "mm"), false, false),
        ("text greater or equal", Condition.Compare("text", Comparison.GreaterOrEqual, "m"), true, false),
        ("number equal", Condition.Equal("number", 5), true, false),
        ("number equal to another", Condition.Equal("number", 6), false, false),
        ("number less, by value and not by digits", Condition.Less("number", 10), true, false),
        ("number greater than a negative", Condition.Compare("number", Comparison.Greater, -6), true, false),
        ("number less or equal", Condition.Compare("number", Comparison.LessOrEqual, 4), false, false),
        ("number greater or equal", Condition.Compare("number", Comparison.GreaterOrEqual, 5), true, false),
        ("blob equal", Condition.Equal("blob", Blob), true, false),
        ("blob less, unsigned", Condition.Less("blob", High), true, false),
        ("blob greater than its prefix", Condition.Compare("blob", Comparison.Greater, new byte[] { 5 }), true, false),
        ("blob less than its extension", Condition.Less("blob", new byte[] { 5, 1, 0 }), true, false),
        ("kinds differ: equal", Condition.Equal("text", 5), false, false),
        ("kinds differ: not equal", Condition.Compare("text", Comparison.NotEqual, 5), true, true),
        ("kinds differ: less", Condition.Less("number", "9"), false, false),
        ("kinds differ: greater", Condition.Compare("number", Comparison.Greater, "0"), false, false),
        ("kinds differ: blob and text", Condition.Compare("blob", Comparison.GreaterOrEqual, "\u0000"), false, false),
        ("absent: equal", Condition.Equal("other", 5), false, false),
        ("absent: not equal", Condition.Compare("other", Comparison.NotEqual, 5), true, true),
        ("absent: less", Condition.Less("other", 5), false, false),
        ("absent: greater or equal", Condition.Compare("other", Comparison.GreaterOrEqual, 5), false, false),
        ("not less is true for an absent one", Condition.Not(Condition.Less("other", 5)), true, true),
        ("not not", Condition.Not(Condition.Not(Condition.ItemExists)), true, false),
        ("all true", Condition.All(Condition.ItemExists, Condition.Equal("number", 5)), true, false),
        ("all but one true", Condition.All(Condition.ItemExists, Condition.Equal("number", 6)), false, false),
        ("all of one", Condition.All(Condition.ItemAbsent), false, true),
        ("any true", Condition.Any(Condition.ItemAbsent, Condition.Equal("number", 5)), true, true),
        ("none true", Condition.Any(Condition.Exists("other"), Condition.Equal("number", 6)), false, false),
        ("free or expired", Condition.Any(Condition.Absent("seat"), Condition.Less("seat", High)), true, true),
        ("or inside of and", Condition.All(Condition.Any(Condition.Absent("text"), Condition.Equal("text", "m")), Condition.Any(Condition.Absent("number"), Condition.Less("number", 9))), true, true),
        ("not of or", Condition.Not(Condition.Any(Condition.Equal("text", "m"), Condition.Exists("other"))), false, true),
        ("not of and", Condition.Not(Condition.All(Condition.Equal("text", "m"), Condition.Exists("other"))), true, true),
    ];

    public static TheoryData<string> CaseNames => [.. Cases.Select(@case => @case.Name)];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public async Task A_condition_holds_alone_and_in_a_transaction_exactly_when_it_should(string name)
    {
        var (_, condition, onItem, onNothing) = Cases.Single(@case => @case.Name == name);
        await PutAsync(Key("item"), ("text", "m"), ("number", 5), ("blob", Blob));

        Assert.Equal(onItem, (await Engine.TransactAsync([Write.Check(Key("item"), condition)], Cancellation)).Applied);
        Assert.Equal(onNothing, (await Engine.TransactAsync([Write.Check(Key("nothing"), condition)], Cancellation)).Applied);
        Assert.Equal(onItem, (await Engine.WriteAsync(Write.Update(Key("item"), [Change.Set("seen", 1)], condition), Cancellation)).Applied);
        Assert.Equal(onNothing, (await Engine.WriteAsync(Write.Delete(Key("nothing"), condition), Cancellation)).Applied);
        Assert.Equal(onNothing, (await Engine.WriteAsync(Write.Put(Key("nothing"), Attributes(), condition), Cancellation)).Applied);
        Assert.Equal(onItem, (await GetAsync(Key("item")))!.Has("seen"));
        Assert.Equal(onNothing, await GetAsync(Key("nothing")) is not null);
    }

    [Fact]
    public async Task Texts_compare_by_UTF_8_bytes_also_behind_the_surrogates()
    {
        // In UTF-16 the ticket (D83C…) would come before the private-use character.
        await PutAsync(Key("text"), ("a", "\uE000"));
        Assert.True((await Engine.WriteAsync(Write.Update(Key("text"), [Change.Set("a", "🎫")], Condition.Less("a", "🎫")), Cancellation)).Applied);
        Assert.True((await Engine.WriteAsync(Write.Update(Key("text"), [Change.Set("a", "x")], Condition.Compare("a", Comparison.Greater, "\uFFFD")), Cancellation)).Applied);
    }

    [Fact]
    public async Task A_wide_condition_over_many_seats_is_taken()
    {
        var free = Enumerable.Range(0, 50).Select(seat => Condition.Any(Condition.Absent($"s{seat}"), Condition.Less($"s{seat}", High))).ToList();
        var take = Enumerable.Range(0, 50).Select(seat => Change.Set($"s{seat}", new byte[] { 0x90, (byte)seat })).ToList();
        Assert.True((await Engine.WriteAsync(Write.Update(Key("row"), take, Condition.All(free)), Cancellation)).Applied);
        Assert.False((await Engine.WriteAsync(Write.Update(Key("row"), take, Condition.All(free)), Cancellation)).Applied);
    }
}
