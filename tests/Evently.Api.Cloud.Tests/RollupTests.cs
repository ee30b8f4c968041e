using System.Globalization;

namespace Evently.Api.Cloud.Tests;

/// <summary>Which of three hosts rolls up, and that the timeline counts everything once whoever does.</summary>
[Collection(CloudCluster.Name)]
public sealed class RollupTests(CloudCluster cloud)
{
    /// <summary>A lease of 15 s that was renewed just before, and the next run.</summary>
    private static readonly TimeSpan TakeOver = TimeSpan.FromSeconds(45);

    [Fact]
    public async Task The_timeline_is_rolled_up_by_one_host_at_a_time_and_counts_everything_once()
    {
        const int Sales = 6;
        var show = await cloud.Cluster.World.ShowAsync();
        var user = await cloud.Cluster.World.CustomerAsync();
        Lease? last = null;
        for (var sale = 1; sale <= Sales; sale++)
        {
            await show.BuyAsync(user, string.Create(CultureInfo.InvariantCulture, $"A-{sale}"));
            await Eventually.HoldsAsync(async () =>
            {
                last = await LeaseAfterAsync(last);
                await CountsAsync(show, sale);
            });
        }

        Assert.NotNull(last);
    }

    [Fact]
    public async Task When_the_host_that_rolls_up_dies_another_does_once_the_lease_has_run_out()
    {
        var show = await cloud.Cluster.World.ShowAsync();
        var user = await cloud.Cluster.World.CustomerAsync();
        await show.BuyAsync(user, "A-1");
        await Eventually.HoldsAsync(() => CountsAsync(show, 1));
        var last = await LeaseAsync();
        var victim = Assert.Single(cloud.Cluster.Hosts, host => last!.Owner.Contains($"/{host.ProcessId}/", StringComparison.Ordinal));
        await victim.KillAsync();
        try
        {
            await show.BuyAsync(user, "A-2");

            var owner = last!.Owner;
            await Eventually.HoldsAsync(
                async () =>
                {
                    await CountsAsync(show, 2);

                    // Read behind the counts: whoever made them had it by then.
                    last = await LeaseAfterAsync(last);
                },
                TakeOver);

            Assert.NotEqual(owner, last!.Owner);
        }
        finally
        {
            await cloud.Cluster.CalmsDownAsync();
        }
    }

    private static async Task CountsAsync(Show show, int sales)
    {
        var buckets = (await show.Organizer.Api.GetAsync($"{show.Path}/analytics/timeline?granularity=hour")).Is(200).List();
        Assert.Equal(
            (sales, 45.50m * sales),
            (buckets.Sum(bucket => bucket.GetProperty("bookings").GetInt32()), buckets.Sum(bucket => bucket.GetProperty("revenue").GetDecimal())));
    }

    /// <summary>Reads who rolls up; nobody may take that from another before it has run out.</summary>
    private async Task<Lease?> LeaseAfterAsync(Lease? last)
    {
        var now = await LeaseAsync();
        if (last is not null && now is not null)
            Assert.True(last.Owner == now.Owner || last.Until <= TimeProvider.System.GetUtcNow(), $"{now} took the lease of {last}.");
        return now ?? last;
    }

    private async Task<Lease?> LeaseAsync()
    {
        var lease = await cloud.Table.GetItemAsync(
            CloudCluster.TableName, new() { ["pk"] = new() { S = "ANALYTICS#LEASE" }, ["sk"] = new() { S = "ROLLUP" } }, true, TestContext.Current.CancellationToken);
        return lease.Item is { Count: > 0 } item
            ? new Lease(item["owner"].S, new DateTimeOffset(long.Parse(item["until"].N, CultureInfo.InvariantCulture), TimeSpan.Zero))
            : null;
    }

    private sealed record Lease(string Owner, DateTimeOffset Until);
}
