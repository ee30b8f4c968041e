using Evently.Shared.Storage;

namespace Evently.Shared.Tests.Storage.Contract;

public abstract partial class TableContract
{
    private const string HalfPair = "\uD83C";

    private static readonly (string Name, Func<ItemKey, Write> Write)[] BrokenWrites =
    [
        ("empty partition key", key => Write.Put(key with { Partition = "" }, Attributes(), Condition.Always)),
        ("empty sort key", key => Write.Put(key with { Sort = "" }, Attributes(), Condition.Always)),
        ("long partition key", key => Write.Delete(key with { Partition = new string('p', TableLimits.KeyBytes + 1) }, Condition.Always)),
        ("long sort key, in bytes", key => Write.Put(key with { Sort = new string('é', (TableLimits.KeyBytes / 2) + 1) }, Attributes(), Condition.Always)),
        ("half a surrogate pair in the key", key => Write.Put(key with { Sort = HalfPair }, Attributes(), Condition.Always)),
        ("half a surrogate pair in a text", key => Write.Put(key, Attributes(("a", $"a{HalfPair}b")), Condition.Always)),
        ("half a surrogate pair in a condition", key => Write.Delete(key, Condition.Equal("a", HalfPair))),
        ("index partition that is a number", key => Write.Put(key, Attributes((WellKnown.IndexPartition, 1)), Condition.Always)),
        ("index sort that is a blob", key => Write.Update(key, [Change.Set(WellKnown.IndexSort, new byte[] { 1 })], Condition.Always)),
        ("empty index sort", key => Write.Update(key, [Change.SetIfAbsent(WellKnown.IndexSort, "")], Condition.Always)),
        ("long index partition", key => Write.Put(key, Attributes((WellKnown.IndexPartition, new string('x', TableLimits.KeyBytes + 1))), Condition.Always)),
        ("number added to the index sort", key => Write.Update(key, [Change.Add(WellKnown.IndexSort, 1)], Condition.Always)),
        ("time to live that is a text", key => Write.Put(key, Attributes((WellKnown.TimeToLive, "tomorrow")), Condition.Always)),
        ("key as an attribute", key => Write.Put(key, Attributes((WellKnown.Partition, "x")), Condition.Always)),
        ("change of the key", key => Write.Update(key, [Change.Set(WellKnown.Sort, "x")], Condition.Always)),
        ("condition on the key as an attribute", key => Write.Delete(key, Condition.Exists(WellKnown.Partition))),
        ("attribute without a name", key => Write.Put(key, Attributes(("", 1)), Condition.Always)),
        ("attribute with a long name", key => Write.Update(key, [Change.Remove(new string('n', TableLimits.AttributeNameBytes + 1))], Condition.Always)),
        ("attribute without a value", key => Write.Put(key, Attributes(("a", default)), Condition.Always)),
        ("comparison with no value", key => Write.Delete(key, Condition.Equal("a", default))),
        ("update without changes", key => Write.Update(key, [], Condition.Always)),
        ("two changes of one attribute", key => Write.Update(key, [Change.Set("a", 1), Change.Remove("a")], Condition.Always)),
        ("too many changes", key => Write.Update(key, [.. Enumerable.Range(0, TableLimits.Changes + 1).Select(i => Change.Set($"a{i}", i))], Condition.Always)),
        ("all of nothing", key => Write.Delete(key, Condition.All())),
        ("any of nothing inside", key => Write.Delete(key, Condition.Not(Condition.Any()))),
        ("always inside", key => Write.Delete(key, Condition.Not(Condition.Always))),
        ("too many conditions", key => Write.Delete(key, Condition.All([.. Enumerable.Repeat(Condition.ItemExists, (TableLimits.ExpressionOperators / 2) + 1)]))),
        ("too long a condition", key => Write.Delete(key, Condition.Any([.. Enumerable.Range(0, 140).Select(i => Condition.Absent($"a{i}"))]))),
        ("too many additions", key => Write.Update(key, Additions((TableLimits.ExpressionOperators / 4) + 1), Condition.Always)),
        ("too long an update", key => Write.Update(key, [.. Enumerable.Range(0, 150).Select(i => Change.SetIfAbsent($"a{i}", i))], Condition.Always)),
        ("too deep a condition", key => Write.Delete(key, Enumerable.Range(0, TableLimits.ConditionDepth).Aggregate(Condition.ItemExists, (inner, _) => Condition.Not(inner)))),
        ("item of more than 400 KB", key => Write.Put(key, Attributes(("a", new byte[TableLimits.ItemBytes])), Condition.Always)),
    ];

    public static TheoryData<string> BrokenWriteNames => [.. BrokenWrites.Select(broken => broken.Name)];

    [Theory]
    [MemberData(nameof(BrokenWriteNames))]
    public async Task A_write_out_of_bounds_is_refused_in_every_way_and_its_neighbours_are_not_applied(string name)
    {
        var write = BrokenWrites.Single(broken => broken.Name == name).Write(Key("broken"));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Engine.WriteAsync(write, Cancellation));
        await AssertRefusedAsync(Write.Put(Key("neighbour"), Attributes(), Condition.Always), write);

        Assert.Null(await GetAsync(Key("neighbour")));
        Assert.Null(await GetAsync(Key("broken")));
    }

    /// <summary>The largest writes that the rules let through, so that no engine refuses what another took.</summary>
    [Fact]
    public async Task The_largest_expressions_are_taken()
    {
        var key = Key("largest");
        await UpdateAsync(key, Additions(TableLimits.ExpressionOperators / 4));
        await UpdateAsync(key, Additions(TableLimits.ExpressionOperators / 4));
        await UpdateAsync(key, [.. Enumerable.Range(0, 115).Select(i => Change.SetIfAbsent($"b{i}", i))]);
        await UpdateAsync(key, [.. Enumerable.Range(0, 300).Select(i => Change.Remove($"c{i}"))]);
        var isEqual = Condition.All([.. Enumerable.Range(0, TableLimits.ExpressionOperators / 4).Select(i => Condition.Equal($"a{i}", 2 * i))]);
        Assert.True((await Engine.WriteAsync(Write.Delete(key, isEqual), Cancellation)).Applied);
    }

    private static Change[] Additions(int count) => [.. Enumerable.Range(0, count).Select(i => Change.Add($"a{i}", i))];

    [Fact]
    public async Task An_item_of_exactly_400_KB_is_stored_and_not_a_byte_more()
    {
        var key = Key("full", "s");
        var room = TableLimits.ItemBytes - (WellKnown.Partition.Length + key.Partition.Length + WellKnown.Sort.Length + key.Sort.Length + "data".Length);
        var data = new byte[room];
        for (var i = 0; i < data.Length; i++)
            data[i] = (byte)(i * 31);
        await PutAsync(key, ("data", data));
        AssertEqual(Attributes(("data", data)), await GetAsync(key));

        await Assert.ThrowsAnyAsync<ArgumentException>(() => PutAsync(key, ("data", new byte[room + 1])));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => UpdateAsync(key, Change.Set("b", "")));
        AssertEqual(Attributes(("data", data)), await GetAsync(key));
    }

    [Fact]
    public async Task An_update_that_would_make_its_item_too_large_is_refused_also_in_a_transaction()
    {
        await PutAsync(Key("large"), ("half", new byte[TableLimits.ItemBytes / 2]));
        var grow = Write.Update(Key("large"), [Change.Set("other half", new byte[TableLimits.ItemBytes / 2])], Condition.Always);
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Engine.WriteAsync(grow, Cancellation));
        await AssertRefusedAsync(Write.Put(Key("neighbour"), Attributes(), Condition.Always), grow);

        Assert.Null(await GetAsync(Key("neighbour")));
        Assert.False((await GetAsync(Key("large")))!.Has("other half"));
    }

    [Fact]
    public async Task Keys_of_the_longest_length_are_stored()
    {
        var key = new ItemKey(Key("long").Partition.PadRight(TableLimits.KeyBytes, 'p'), new string('é', TableLimits.KeyBytes / 2));
        await PutAsync(key, ("a", 1), (WellKnown.IndexPartition, key.Partition), (WellKnown.IndexSort, key.Sort));
        AssertEqual(Attributes(("a", 1), (WellKnown.IndexPartition, key.Partition), (WellKnown.IndexSort, key.Sort)), await GetAsync(key));
        var page = await Engine.QueryIndexAsync(new IndexQuery(key.Partition, SortRange.BeginsWith(key.Sort), 1), Cancellation);
        Assert.Equal(key, Assert.Single(page.Entries).Key);
    }

    [Fact]
    public async Task Reads_out_of_bounds_are_refused()
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(() => GetAsync(new ItemKey("", "a")));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => GetAsync(new ItemKey("a", HalfPair)));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Engine.GetManyAsync([Key("a"), Key("a")], Consistency.Strong, Cancellation));
        var keys = Enumerable.Range(0, TableLimits.BatchGetKeys + 1).Select(i => Key("a", $"{i}")).ToList();
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Engine.GetManyAsync(keys, Consistency.Strong, Cancellation));
        keys.RemoveAt(0);
        Assert.Equal(TableLimits.BatchGetKeys, (await Engine.GetManyAsync(keys, Consistency.Strong, Cancellation)).Count);
    }
}
