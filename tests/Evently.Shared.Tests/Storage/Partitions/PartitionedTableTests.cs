using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Evently.Testing.Costs;
using Evently.Testing.Partitions;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Shared.Tests.Storage.Partitions;

public sealed class PartitionedTableTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly Throughput Small = new(TableWrites: 1_000, TableReads: 1_000, PartitionWrites: 100, PartitionReads: 300);

    [Fact]
    public void A_partition_serves_its_units_and_refuses_the_rest()
    {
        var partitions = new TablePartitions(Small);
        Assert.Equal(10, Served(partitions, "hot", Second));
        Assert.Equal(10, Served(partitions, "cold", Second));
        Assert.Equal(10, Served(partitions, "hot", 2 * Second));

        // What was saved at first, and then one in ten milliseconds.
        Assert.Equal(10 + 99, Enumerable.Range(1, 100).Sum(tick => Served(partitions, "steady", (3 * Second) + (tick * Second / 100))));
        Assert.Equal(("steady", true), (partitions.Hottest(1)[0].Partition, partitions.PartitionThrottles > 0));
    }

    [Fact]
    public void A_table_serves_its_units_over_all_partitions()
    {
        var partitions = new TablePartitions(Small);
        Assert.Equal(100, Enumerable.Range(0, 50).Sum(partition => Served(partitions, $"p{partition}", Second)));
        Assert.True(partitions.TableThrottles > 0);
    }

    [Fact]
    public void Index_partitions_have_a_limit_of_their_own()
    {
        var partitions = new TablePartitions(Small);
        for (var unit = 0; unit < 10; unit++)
            Assert.Null(partitions.TryServe([new Charge($"p{unit}", IsIndex: false, 1), new Charge("due", IsIndex: true, 1)], isRead: false, Second));
        Assert.NotNull(partitions.TryServe([new Charge("p", IsIndex: false, 1), new Charge("due", IsIndex: true, 1)], isRead: false, Second));
        Assert.Null(partitions.TryServe([new Charge("p", IsIndex: false, 1)], isRead: false, Second));
    }

    [Fact]
    public async Task What_is_throttled_is_tried_again_and_then_given_up()
    {
        var time = new FakeTimeProvider();
        var stored = new MemoryTableEngine(time);
        using var metered = new MeteredTable(stored, new CostMeter());
        var table = new PartitionedTable(metered, stored, new CostMeter(), time, new IdGenerator(time), new Random(1));
        table.Begin(new Latencies(Second, Second, Second, Second, Second, Second), Small with { PartitionWrites = 1 });
        var write = table.WriteAsync(Write.Put(new ItemKey("p", "s"), new Dictionary<string, Value> { ["a"] = 1 }, Condition.Always), CancellationToken.None).AsTask();
        await RunAsync(time, write);
        Assert.True((await write).Applied);

        table.Begin(new Latencies(Second, Second, Second, Second, Second, Second), Small with { PartitionWrites = 0 });
        var hopeless = table.WriteAsync(Write.Delete(new ItemKey("p", "s"), Condition.Always), CancellationToken.None).AsTask();
        await RunAsync(time, hopeless);
        await Assert.ThrowsAsync<TableThrottledException>(() => hopeless);
        Assert.Equal(1, table.GivenUp);
    }

    [Fact]
    public void A_write_meets_a_transaction_that_is_under_way_on_its_item()
    {
        var partitions = new TablePartitions(Throughput.Unlimited);
        Write[] transaction = [Write.Delete(new ItemKey("p", "a"), Condition.Always), Write.Delete(new ItemKey("p", "b"), Condition.Always)];
        Assert.Null(partitions.TryEnter(transaction, inTransaction: true));
        Assert.NotNull(partitions.TryEnter([transaction[1]], inTransaction: false));
        Assert.NotNull(partitions.TryEnter([transaction[0]], inTransaction: true));
        Assert.Null(partitions.TryEnter([Write.Delete(new ItemKey("p", "c"), Condition.Always)], inTransaction: false));
        partitions.End(transaction);
        Assert.Null(partitions.TryEnter([transaction[1]], inTransaction: false));
        Assert.Equal(2, partitions.Conflicts);
    }

    private static int Served(TablePartitions partitions, string partition, TimeSpan now)
    {
        var served = 0;
        while (partitions.TryServe([new Charge(partition, IsIndex: false, 1)], isRead: false, now) is null)
            served++;
        return served;
    }

    private static async Task RunAsync(FakeTimeProvider time, Task task)
    {
        for (var step = 0; step < 1_000 && !task.IsCompleted; step++)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        await task.ContinueWith(static _ => { }, TaskScheduler.Default);
    }
}
