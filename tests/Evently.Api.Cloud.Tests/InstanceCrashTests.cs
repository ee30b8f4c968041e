using Evently.Api.Tests.Running;

namespace Evently.Api.Cloud.Tests;

/// <summary>kill -9 of one of three hosts while the others go on. EVENTLY_KILLS sets how often, EVENTLY_SEED which and when; the usual run makes two.</summary>
[Collection(CloudCluster.Name)]
public sealed class InstanceCrashTests(CloudCluster cloud)
{
    private const int DefaultKills = 2;
    private const int Buyers = 6;
    private const int SomeSales = 5;

    [Fact]
    public async Task Killing_one_of_three_hosts_at_random_loses_no_answered_booking_and_no_money()
    {
        var kills = Soak.Setting("EVENTLY_KILLS", DefaultKills);
        var seed = Soak.Setting("EVENTLY_SEED", 3);
        var random = new Random(seed);
        var (shows, storm) = await StormAsync(seed);

        var running = storm.RunAsync();
        try
        {
            for (var kill = 1; kill <= kills; kill++)
            {
                await PauseAsync(random);
                var victim = cloud.Cluster.Hosts[random.Next(cloud.Cluster.Hosts.Count)];
                await victim.KillAsync();
                await PauseAsync(random);
                await victim.RestartAsync();
                await CrashAftermath.AnsweredStaysBookedAsync(storm);
            }
        }
        finally
        {
            storm.Calm();
            await running;
            await cloud.Cluster.CalmsDownAsync();
        }

        TestContext.Current.SendDiagnosticMessage($"{kills} kills, {storm.Confirmed} answered bookings: {storm.Answers}.");
        await SettlesAsync(shows, storm);
    }

    [Fact]
    public async Task What_a_killed_host_had_in_hand_is_finished_by_the_others_though_it_never_comes_back()
    {
        var seed = Soak.Setting("EVENTLY_SEED", 3);
        var (shows, storm) = await StormAsync(seed);
        var victim = cloud.Cluster.Hosts[^1];

        var running = storm.RunAsync();
        await SellsAsync(storm, SomeSales);
        await victim.KillAsync();
        try
        {
            var before = storm.Confirmed;
            await SellsAsync(storm, before + SomeSales);
            storm.Calm();
            await running;
            await SettlesAsync(shows, storm);
        }
        finally
        {
            storm.Calm();
            await running;
            await cloud.Cluster.CalmsDownAsync();
        }
    }

    private async Task<(Show[] Shows, CrashStorm Storm)> StormAsync(int seed)
    {
        var world = cloud.Cluster.World;
        var shows = new[] { await cloud.Cluster.ShowOnSaleAsync(CrashStorm.Plan), await cloud.Cluster.ShowOnSaleAsync(CrashStorm.Plan) };
        return (shows, new CrashStorm(shows, await world.BuyersAsync(Buyers), seed));
    }

    private async Task SettlesAsync(Show[] shows, CrashStorm storm)
    {
        Assert.True(storm.Confirmed > 0, "The storm booked nothing.");
        await CrashAftermath.AnsweredStaysBookedAsync(storm);
        foreach (var show in shows)
            await CrashAftermath.SettlesAsync(cloud.Cluster.World, show);
    }

    private static Task SellsAsync(CrashStorm storm, int bookings) => Eventually.HoldsAsync(() =>
    {
        Assert.True(storm.Confirmed >= bookings, $"Only {storm.Confirmed} were sold: {storm.Answers}.");
        return Task.CompletedTask;
    });

    private static Task PauseAsync(Random random) =>
        Task.Delay(TimeSpan.FromMilliseconds(random.Next(300, 2_500)), TimeProvider.System, TestContext.Current.CancellationToken);
}
