using System.Text;
using Evently.Shared.Storage;

namespace Evently.Shared.Tests.Storage.Contract;

public abstract partial class TableContract
{
    private static readonly string[] Sorts = ["A", "a", "a#1", "a#10", "a#2", "aa", "b", "b\u0000", "b\u0001", "z", "é", "\uD7FF", "\uE000", "\uFFFD", "🎫", "🎫a"];

    [Fact]
    public async Task A_partition_is_read_in_UTF_8_order_in_both_directions()
    {
        await FillAsync();
        Assert.Equal(Sorts, await SortsAsync(SortRange.All, descending: false));
        Assert.Equal(Sorts.Reverse(), await SortsAsync(SortRange.All, descending: true));
        Assert.Equal(Sorts, Sorts.OrderBy(sort => Convert.ToHexString(Encoding.UTF8.GetBytes(sort)), StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(null, null, "a#")]
    [InlineData(null, null, "")]
    [InlineData(null, null, "🎫")]
    [InlineData(null, null, "\uE000")]
    [InlineData(null, null, "nothing")]
    [InlineData("a#1", "b", null)]
    [InlineData("a#1", "a#1", null)]
    [InlineData("b", null, null)]
    [InlineData(null, "aa", null)]
    [InlineData("b", "a", null)]
    [InlineData("\uE000", "🎫", null)]
    [InlineData("", "zz", null)]
    [InlineData(null, "", null)]
    public async Task A_range_has_both_its_ends_and_pages_of_any_size_add_up_to_it(string? from, string? to, string? prefix)
    {
        await FillAsync();
        var expected = Sorts.Where(sort =>
            (prefix is null || sort.StartsWith(prefix, StringComparison.Ordinal))
            && (from is null || Array.IndexOf(Sorts, sort) >= FirstAtOrAfter(from))
            && (to is null || Array.IndexOf(Sorts, sort) < FirstAfter(to))).ToList();
        foreach (var limit in new[] { 1, 2, 3, 7, 100 })
        {
            Assert.Equal(expected, await SortsAsync(new SortRange(from, to, prefix), descending: false, limit));
            Assert.Equal(Enumerable.Reverse(expected), await SortsAsync(new SortRange(from, to, prefix), descending: true, limit));
        }
    }

    [Fact]
    public async Task A_page_continues_behind_a_place_whose_item_is_gone()
    {
        await FillAsync();
        await Engine.WriteAsync(Write.Delete(Key("p", "aa"), Condition.Always), Cancellation);
        var up = await Engine.QueryAsync(new Query(Key("p").Partition, SortRange.All, Consistency.Strong, 1, After: "aa"), Cancellation);
        var down = await Engine.QueryAsync(new Query(Key("p").Partition, SortRange.All, Consistency.Strong, 1, Descending: true, After: "aa"), Cancellation);

        Assert.Equal("b", Assert.Single(up.Items).Key.Sort);
        Assert.Equal("a#2", Assert.Single(down.Items).Key.Sort);
    }

    [Fact]
    public async Task A_query_answers_with_whole_items_of_its_partition_only()
    {
        await PutAsync(Key("p", "1"), ("a", "one"), ("n", 1));
        await PutAsync(Key("p+", "2"), ("a", "two"));
        var page = await Engine.QueryAsync(new Query(Key("p").Partition, SortRange.All, Consistency.Strong, 10), Cancellation);
        AssertEqual(Attributes(("a", "one"), ("n", 1)), Assert.Single(page.Items));
        Assert.Equal(Key("p", "1"), page.Items[0].Key);
    }

    [Fact]
    public async Task Large_items_make_short_pages_that_lose_nothing()
    {
        foreach (var i in Enumerable.Range(0, 8))
            await PutAsync(Key("large", $"{i}"), ("data", new byte[300 * 1024]));
        var first = await Engine.QueryAsync(new Query(Key("large").Partition, SortRange.All, Consistency.Strong, 100), Cancellation);
        Assert.InRange(first.Items.Count, 1, 5);
        Assert.NotNull(first.Next);

        Assert.Equal(Enumerable.Range(0, 8).Select(i => $"{i}"), await SortsAsync(SortRange.All, descending: false, partition: "large"));
    }

    [Fact]
    public async Task Queries_out_of_bounds_are_refused()
    {
        foreach (var query in new[]
        {
            new Query("", SortRange.All, Consistency.Strong, 10),
            new Query("p", SortRange.All, Consistency.Strong, 0),
            new Query("p", SortRange.All, Consistency.Strong, TableLimits.PageItems + 1),
            new Query("p", new SortRange("a", null, "a"), Consistency.Strong, 10),
            new Query("p", SortRange.All, Consistency.Strong, 10, After: ""),
            new Query("p", SortRange.BeginsWith("\uD83C"), Consistency.Strong, 10),
        })
        {
            await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Engine.QueryAsync(query, Cancellation));
        }
    }

    [Fact]
    public async Task The_index_has_exactly_the_items_with_both_index_attributes()
    {
        var index = Key("due").Partition;
        await PutAsync(Key("i", "both"), (WellKnown.IndexPartition, index), (WellKnown.IndexSort, "2"));
        await PutAsync(Key("i", "partition only"), (WellKnown.IndexPartition, index));
        await PutAsync(Key("i", "sort only"), (WellKnown.IndexSort, "1"));
        Assert.Equal(["both@2"], await IndexAsync(index));

        await UpdateAsync(Key("i", "partition only"), Change.Set(WellKnown.IndexSort, "1"));
        Assert.Equal(["partition only@1", "both@2"], await IndexAsync(index));

        await UpdateAsync(Key("i", "both"), Change.Remove(WellKnown.IndexPartition));
        Assert.Equal(["partition only@1"], await IndexAsync(index));
    }

    [Fact]
    public async Task An_index_entry_moves_with_its_item_and_leaves_with_it()
    {
        var (one, two) = (Key("one").Partition, Key("two").Partition);
        await PutAsync(Key("i", "a"), (WellKnown.IndexPartition, one), (WellKnown.IndexSort, "5"), ("n", 1));
        await UpdateAsync(Key("i", "a"), Change.Add("n", 1));
        Assert.Equal(["a@5"], await IndexAsync(one));

        await UpdateAsync(Key("i", "a"), Change.Set(WellKnown.IndexSort, "6"));
        Assert.Equal(["a@6"], await IndexAsync(one));

        await UpdateAsync(Key("i", "a"), Change.Set(WellKnown.IndexPartition, two));
        Assert.Empty(await IndexAsync(one));
        Assert.Equal(["a@6"], await IndexAsync(two));

        await Engine.WriteAsync(Write.Delete(Key("i", "a"), Condition.Always), Cancellation);
        Assert.Empty(await IndexAsync(two));
    }

    [Fact]
    public async Task A_put_without_index_attributes_takes_the_item_out_of_the_index()
    {
        var index = Key("due").Partition;
        await PutAsync(Key("i", "a"), (WellKnown.IndexPartition, index), (WellKnown.IndexSort, "5"));
        await PutAsync(Key("i", "a"), ("n", 1));
        Assert.Empty(await IndexAsync(index));
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("3", null, null)]
    [InlineData(null, "5", null)]
    [InlineData("2", "5", null)]
    [InlineData("5", "2", null)]
    [InlineData(null, null, "4")]
    public async Task The_index_pages_in_both_directions_also_between_equal_sort_values(string? from, string? to, string? prefix)
    {
        var index = Key("due").Partition;
        var writes = Enumerable.Range(0, 24).Select(i => Write.Put(
            Key($"i{i % 3}", $"{i:00}"),
            Attributes((WellKnown.IndexPartition, index), (WellKnown.IndexSort, $"{i / 4}")),
            Condition.Always)).ToList();
        await Engine.WriteManyAsync(writes, Cancellation);
        var range = new SortRange(from, to, prefix);
        var expected = Enumerable.Range(0, 24)
            .Where(i => (from is null || string.CompareOrdinal($"{i / 4}", from) >= 0) && (to is null || string.CompareOrdinal($"{i / 4}", to) <= 0) && (prefix is null || $"{i / 4}" == prefix))
            .Select(i => $"{i:00}@{i / 4}").ToList();

        var whole = await IndexAsync(index, range);
        Assert.Equal(expected, whole.Order(StringComparer.Ordinal));
        Assert.Equal(whole.Select(entry => entry[^1]).Order(), whole.Select(entry => entry[^1]));
        foreach (var limit in new[] { 1, 3, 5, 24 })
        {
            Assert.Equal(whole, await IndexAsync(index, range, limit: limit));
            Assert.Equal(Enumerable.Reverse(whole), await IndexAsync(index, range, descending: true, limit));
        }
    }

    /// <summary>As a list that is merged from several partitions does: the place is an entry of another one.</summary>
    [Fact]
    public async Task The_index_continues_behind_a_place_whose_entry_it_never_had()
    {
        var index = Key("due").Partition;
        for (var i = 0; i < 6; i++)
            await PutAsync(Key($"i{i}", "s"), (WellKnown.IndexPartition, index), (WellKnown.IndexSort, $"{i}"));

        foreach (var (place, descending, expected) in new[] { ("25", false, "345"), ("25", true, "210"), ("", false, "012345"), ("9", true, "543210"), ("9", false, ""), ("/", true, "") })
        {
            var after = new IndexEntry(Key("elsewhere", "x"), place.Length == 0 ? " " : place);
            var page = await Engine.QueryIndexAsync(new IndexQuery(index, SortRange.AtMost("99"), 10, descending, after), Cancellation);
            Assert.Equal(expected, string.Concat(page.Entries.Select(entry => entry.IndexSort)));
        }
    }

    private static int FirstAtOrAfter(string value) => Sorts.Count(sort => Utf8Compare(sort, value) < 0);

    private static int FirstAfter(string value) => Sorts.Count(sort => Utf8Compare(sort, value) <= 0);

    private static int Utf8Compare(string left, string right) => Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right));

    private async Task FillAsync() =>
        await Engine.WriteManyAsync(Sorts.Reverse().Select(sort => Write.Put(Key("p", sort), Attributes(("sort", sort)), Condition.Always)).ToList(), Cancellation);

    private async Task<List<string>> SortsAsync(SortRange range, bool descending, int limit = 100, string partition = "p")
    {
        var sorts = new List<string>();
        string? after = null;
        do
        {
            var page = await Engine.QueryAsync(new Query(Key(partition).Partition, range, Consistency.Strong, limit, descending, after), Cancellation);
            Assert.InRange(page.Items.Count, 0, limit);
            sorts.AddRange(page.Items.Select(item => item.Key.Sort));
            after = page.Next;
        }
        while (after is not null);
        return sorts;
    }

    private async Task<List<string>> IndexAsync(string index, SortRange range = default, bool descending = false, int limit = 100)
    {
        var entries = new List<string>();
        IndexEntry? after = null;
        do
        {
            var page = await Engine.QueryIndexAsync(new IndexQuery(index, range, limit, descending, after), Cancellation);
            Assert.InRange(page.Entries.Count, 0, limit);
            entries.AddRange(page.Entries.Select(entry => $"{entry.Key.Sort}@{entry.IndexSort}"));
            after = page.Next;
        }
        while (after is not null);
        return entries;
    }
}
