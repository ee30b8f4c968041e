using Evently.Shared.Storage;

namespace Evently.Shared.Tests.Storage.Contract;

public abstract partial class TableContract
{
    [Fact]
    public async Task A_transaction_applies_every_kind_of_write_at_once()
    {
        await PutAsync(Key("t", "delete"), ("a", 1));
        await PutAsync(Key("t", "update"), ("a", 1));
        await PutAsync(Key("t", "check"), ("a", 1));
        var result = await Engine.TransactAsync(
            [
                Write.Put(Key("t", "put"), Attributes(("a", 9)), Condition.ItemAbsent),
                Write.Delete(Key("t", "delete"), Condition.ItemExists),
                Write.Update(Key("t", "update"), [Change.Add("a", 4)], Condition.Equal("a", 1)),
                Write.Check(Key("t", "check"), Condition.Equal("a", 1)),
            ],
            Cancellation);

        Assert.True(result.Applied);
        Assert.Empty(result.Refused);
        AssertEqual(Attributes(("a", 9)), await GetAsync(Key("t", "put")));
        Assert.Null(await GetAsync(Key("t", "delete")));
        AssertEqual(Attributes(("a", 5)), await GetAsync(Key("t", "update")));
        AssertEqual(Attributes(("a", 1)), await GetAsync(Key("t", "check")));
    }

    [Fact]
    public async Task A_refused_transaction_applies_nothing_and_names_every_write_that_refused()
    {
        await PutAsync(Key("t", "taken"), ("owner", "alice"));
        var result = await Engine.TransactAsync(
            [
                Write.Put(Key("t", "new"), Attributes(("a", 1)), Condition.Always),
                Write.Put(Key("t", "taken"), Attributes(("owner", "bob")), Condition.ItemAbsent),
                Write.Update(Key("t", "other"), [Change.Set("a", 1)], Condition.ItemAbsent),
                Write.Check(Key("t", "missing"), Condition.ItemExists),
            ],
            Cancellation);

        Assert.False(result.Applied);
        Assert.Equal([1, 3], result.Refused);
        Assert.Equal(2, result.RefusedItems.Count);
        if (TellsRefusingItem)
            AssertEqual(Attributes(("owner", "alice")), result.RefusedItems[0]);
        Assert.Null(result.RefusedItems[1]);
        Assert.Null(await GetAsync(Key("t", "new")));
        Assert.Null(await GetAsync(Key("t", "other")));
        AssertEqual(Attributes(("owner", "alice")), await GetAsync(Key("t", "taken")));
    }

    [Fact]
    public async Task A_transaction_takes_writes_up_to_its_bound()
    {
        var writes = Enumerable.Range(0, TransactionWrites).Select(i => Write.Put(Key("t", $"{i}"), Attributes(("n", i)), Condition.ItemAbsent)).ToArray();
        Assert.True((await Engine.TransactAsync(writes, Cancellation)).Applied);
        AssertEqual(Attributes(("n", TransactionWrites - 1)), await GetAsync(Key("t", $"{TransactionWrites - 1}")));

        await AssertRefusedAsync();
        await AssertRefusedAsync([.. Enumerable.Range(0, TableLimits.TransactionWrites + 1).Select(i => Write.Delete(Key("t", $"{i}"), Condition.Always))]);
        AssertEqual(Attributes(("n", 0)), await GetAsync(Key("t", "0")));
    }

    [Fact]
    public async Task A_transaction_never_has_two_writes_of_one_item()
    {
        await AssertRefusedAsync(Write.Put(Key("t"), Attributes(), Condition.Always), Write.Check(Key("t"), Condition.Always));
        Assert.Null(await GetAsync(Key("t")));
    }

    [Fact]
    public async Task A_transaction_of_more_than_4_MB_is_refused()
    {
        await AssertRefusedAsync([.. Enumerable.Range(0, 11).Select(i => Write.Put(Key("t", $"{i}"), Attributes(("data", new byte[399 * 1024])), Condition.Always))]);
        Assert.Null(await GetAsync(Key("t", "0")));
    }

    [Fact]
    public async Task Concurrent_transactions_over_the_same_items_keep_their_sum()
    {
        const int transfers = 40;
        await PutAsync(Key("t", "left"), ("n", transfers));
        await PutAsync(Key("t", "right"), ("n", 0));
        var results = await Task.WhenAll(Enumerable.Range(0, transfers + 10).Select(async _ => await Engine.TransactAsync(
            [
                Write.Update(Key("t", "left"), [Change.Add("n", -1)], Condition.Compare("n", Comparison.Greater, 0)),
                Write.Update(Key("t", "right"), [Change.Add("n", 1)], Condition.ItemExists),
            ],
            Cancellation)));

        Assert.Equal(transfers, results.Count(result => result.Applied));
        AssertEqual(Attributes(("n", 0)), await GetAsync(Key("t", "left")));
        AssertEqual(Attributes(("n", transfers)), await GetAsync(Key("t", "right")));
    }

    [Fact]
    public async Task A_check_alone_is_refused() =>
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Engine.WriteAsync(Write.Check(Key("t"), Condition.Always), Cancellation));
}
