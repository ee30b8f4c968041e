using Evently.Shared.Storage;

namespace Evently.Shared.Tests.Storage.Contract;

public abstract partial class TableContract
{
    [Fact]
    public async Task An_item_that_was_never_written_is_null()
    {
        Assert.Null(await GetAsync(Key("nothing")));
        Assert.Null(await Engine.GetAsync(Key("nothing"), Consistency.Eventual, Cancellation));
    }

    [Fact]
    public async Task Every_kind_of_value_comes_back_as_it_was_written()
    {
        var attributes = Attributes(
            ("text", "Grüße 🎫 \u0000 end"),
            ("empty", TakesEmptyValues ? "" : "-"),
            ("empty blob", TakesEmptyValues ? Array.Empty<byte>() : [0]),
            ("zero", 0),
            ("least", long.MinValue),
            ("most", long.MaxValue),
            ("minus", -1),
            ("blob", new byte[] { 0, 255, 128, 7 }),
            ("ключ-🎟", "named in other scripts"));
        var result = await Engine.WriteAsync(Write.Put(Key("values"), attributes, Condition.ItemAbsent), Cancellation);

        Assert.True(result.Applied);
        AssertEqual(attributes, result.Item);
        AssertEqual(attributes, await GetAsync(Key("values")));
        Assert.Equal(Key("values"), (await GetAsync(Key("values")))!.Key);
    }

    [Fact]
    public async Task An_item_without_attributes_exists()
    {
        await PutAsync(Key("bare"));
        Assert.Empty((await GetAsync(Key("bare")))!.Attributes);
    }

    [Fact]
    public async Task A_put_replaces_the_whole_item()
    {
        await PutAsync(Key("put"), ("a", 1), ("b", 2));
        var result = await PutAsync(Key("put"), ("b", 3), ("c", 4));

        AssertEqual(Attributes(("b", 3), ("c", 4)), result.Item);
        AssertEqual(Attributes(("b", 3), ("c", 4)), await GetAsync(Key("put")));
    }

    [Fact]
    public async Task What_the_writer_does_to_its_dictionary_afterwards_is_not_stored()
    {
        var attributes = Attributes(("a", 1));
        await Engine.WriteAsync(Write.Put(Key("copy"), attributes, Condition.Always), Cancellation);
        attributes["a"] = 2;
        AssertEqual(Attributes(("a", 1)), await GetAsync(Key("copy")));
    }

    [Fact]
    public async Task An_update_changes_only_what_it_names_and_answers_with_the_item()
    {
        await PutAsync(Key("update"), ("set", "old"), ("kept", "kept"), ("gone", 1), ("count", 40), ("present", "first"));
        var result = await UpdateAsync(
            Key("update"),
            Change.Set("set", "new"),
            Change.Remove("gone"),
            Change.Remove("never there"),
            Change.Add("count", 2),
            Change.Add("fresh", -7),
            Change.SetIfAbsent("present", "second"),
            Change.SetIfAbsent("absent", "set"));

        var expected = Attributes(("set", "new"), ("kept", "kept"), ("count", 42), ("fresh", -7), ("present", "first"), ("absent", "set"));
        Assert.True(result.Applied);
        AssertEqual(expected, result.Item);
        AssertEqual(expected, await GetAsync(Key("update")));
    }

    [Fact]
    public async Task A_value_may_change_its_kind()
    {
        await PutAsync(Key("kind"), ("a", "text"));
        await UpdateAsync(Key("kind"), Change.Set("a", 5));
        AssertEqual(Attributes(("a", 5)), await GetAsync(Key("kind")));
    }

    [Fact]
    public async Task An_update_creates_an_absent_item_even_if_it_only_removes()
    {
        await UpdateAsync(Key("upsert"), Change.Remove("a"));
        Assert.NotNull(await GetAsync(Key("upsert")));
    }

    [Fact]
    public async Task A_delete_removes_the_item_and_may_be_repeated()
    {
        await PutAsync(Key("delete"), ("a", 1));
        var first = await Engine.WriteAsync(Write.Delete(Key("delete"), Condition.ItemExists), Cancellation);
        var again = await Engine.WriteAsync(Write.Delete(Key("delete"), Condition.Always), Cancellation);

        Assert.True(first is { Applied: true, Item: null });
        Assert.True(again is { Applied: true, Item: null });
        Assert.Null(await GetAsync(Key("delete")));
    }

    [Fact]
    public async Task A_refused_write_changes_nothing_and_shows_what_refused()
    {
        await PutAsync(Key("refused"), ("owner", "alice"));
        foreach (var write in new[]
        {
            Write.Put(Key("refused"), Attributes(("owner", "bob")), Condition.ItemAbsent),
            Write.Update(Key("refused"), [Change.Set("owner", "bob")], Condition.Equal("owner", "carol")),
            Write.Delete(Key("refused"), Condition.Equal("owner", "carol")),
        })
        {
            var result = await Engine.WriteAsync(write, Cancellation);
            Assert.False(result.Applied);
            if (TellsRefusingItem)
                AssertEqual(Attributes(("owner", "alice")), result.Item);
        }

        AssertEqual(Attributes(("owner", "alice")), await GetAsync(Key("refused")));
    }

    [Fact]
    public async Task A_refusal_by_an_absent_item_shows_none()
    {
        var result = await Engine.WriteAsync(Write.Update(Key("ghost"), [Change.Set("a", 1)], Condition.ItemExists), Cancellation);
        Assert.True(result is { Applied: false, Item: null });
        Assert.Null(await GetAsync(Key("ghost")));
    }

    [Theory]
    [InlineData(long.MaxValue, 1)]
    [InlineData(long.MinValue, -1)]
    [InlineData(1, long.MaxValue)]
    [InlineData(-2, long.MinValue)]
    public async Task A_number_that_would_leave_64_bits_is_refused_and_nothing_is_applied(long stored, long amount)
    {
        await PutAsync(Key("overflow"), ("n", stored));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => UpdateAsync(Key("overflow"), Change.Set("a", 1), Change.Add("n", amount)));
        await AssertRefusedAsync(
            Write.Put(Key("overflow", "other"), Attributes(("a", 1)), Condition.Always),
            Write.Update(Key("overflow"), [Change.Add("n", amount)], Condition.ItemExists));

        AssertEqual(Attributes(("n", stored)), await GetAsync(Key("overflow")));
        Assert.Null(await GetAsync(Key("overflow", "other")));
    }

    [Fact]
    public async Task Numbers_reach_both_ends_of_64_bits_by_adding()
    {
        await PutAsync(Key("ends"), ("up", long.MaxValue - 1), ("down", long.MinValue + 1));
        var result = await UpdateAsync(Key("ends"), Change.Add("up", 1), Change.Add("down", -1));
        AssertEqual(Attributes(("up", long.MaxValue), ("down", long.MinValue)), result.Item);
    }

    [Fact]
    public async Task A_refused_write_that_could_not_be_applied_either_is_refused()
    {
        await PutAsync(Key("both"), ("n", long.MaxValue));
        var result = await Engine.WriteAsync(Write.Update(Key("both"), [Change.Add("n", 1)], Condition.Equal("n", 7)), Cancellation);
        Assert.False(result.Applied);
    }

    [Fact]
    public async Task Nothing_can_be_added_to_a_text()
    {
        await PutAsync(Key("add"), ("a", "text"));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => UpdateAsync(Key("add"), Change.Add("a", 1)));
        AssertEqual(Attributes(("a", "text")), await GetAsync(Key("add")));
    }

    [Fact]
    public async Task Concurrent_conditional_increments_lose_no_update()
    {
        const int incrementsPerWorker = 5;
        await PutAsync(Key("counter"), ("n", 0));
        await Task.WhenAll(Enumerable.Range(0, ConcurrentWriters).Select(async _ =>
        {
            for (var done = 0; done < incrementsPerWorker;)
            {
                var seen = (await GetAsync(Key("counter")))!["n"].Number;
                var result = await Engine.WriteAsync(Write.Update(Key("counter"), [Change.Set("n", seen + 1)], Condition.Equal("n", seen)), Cancellation);
                done += result.Applied ? 1 : 0;
            }
        }));

        AssertEqual(Attributes(("n", ConcurrentWriters * incrementsPerWorker)), await GetAsync(Key("counter")));
    }

    [Fact]
    public async Task Many_independent_writes_are_all_applied()
    {
        const int items = 230;
        var writes = Enumerable.Range(0, items).Select(i => Write.Put(Key("many", $"{i:000}"), Attributes(("n", i)), Condition.Always)).ToList();
        await Engine.WriteManyAsync(writes, Cancellation);
        await Engine.WriteManyAsync([Write.Delete(Key("many", "007"), Condition.Always), Write.Put(Key("many", "008"), Attributes(("n", -8)), Condition.Always)], Cancellation);
        await Engine.WriteManyAsync([], Cancellation);

        var page = await Engine.QueryAsync(new Query(Key("many").Partition, SortRange.All, Consistency.Strong, TableLimits.PageItems), Cancellation);
        Assert.Equal(items - 1, page.Items.Count);
        Assert.Null(await GetAsync(Key("many", "007")));
        AssertEqual(Attributes(("n", -8)), await GetAsync(Key("many", "008")));
    }

    [Fact]
    public async Task Independent_writes_take_puts_and_deletes_without_conditions_only()
    {
        foreach (var writes in new Write[][]
        {
            [Write.Put(Key("bad"), Attributes(), Condition.ItemAbsent)],
            [Write.Update(Key("bad"), [Change.Set("a", 1)], Condition.Always)],
            [Write.Check(Key("bad"), Condition.Always)],
            [Write.Delete(Key("bad"), Condition.Always), Write.Put(Key("bad"), Attributes(), Condition.Always)],
        })
        {
            await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Engine.WriteManyAsync(writes, Cancellation));
        }
    }

    [Fact]
    public async Task A_batched_get_answers_in_the_order_of_its_keys()
    {
        await PutAsync(Key("batch", "b"), ("n", 2));
        await PutAsync(Key("batch", "a"), ("n", 1));
        await PutAsync(Key("batch", "c"), ("n", 3));
        var items = await Engine.GetManyAsync([Key("batch", "c"), Key("batch", "none"), Key("batch", "a")], Consistency.Strong, Cancellation);

        Assert.Equal(3, items.Count);
        AssertEqual(Attributes(("n", 3)), items[0]);
        Assert.Null(items[1]);
        AssertEqual(Attributes(("n", 1)), items[2]);
        Assert.Empty(await Engine.GetManyAsync([], Consistency.Eventual, Cancellation));
    }

    [Fact]
    public async Task The_store_answers_a_ping() => await Engine.PingAsync(Cancellation);
}
