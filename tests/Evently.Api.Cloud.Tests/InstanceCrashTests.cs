using System.Globalization;
using Evently.Api.Tests.Running;

namespace Evently.Api.Cloud.Tests;

/// <summary>kill -9 of one of three hosts while the others go on. EVENTLY_KILLS sets how often; the usual run makes two.</summary>
[Collection(CloudCluster.Name)]
public sealed class InstanceCrashTests(CloudCluster cloud)
{
    private const int DefaultKills = 2;

    [Fact]
    public async Task Killing_one_of_three_hosts_at_random_loses_no_answered_booking_and_no_money()
    {
        var kills = int.Parse(Environment.GetEnvironmentVariable("EVENTLY_KILLS") ?? $"{DefaultKills}", CultureInfo.InvariantCulture);
        var seed = int.Parse(Environment.GetEnvironmentVariable("EVENTLY_SEED") ?? "3", CultureInfo.InvariantCulture);
        var random = new Random(seed);
        var (cluster, world) = (cloud.Cluster, cloud.Cluster.World);
        var shows = new[] { await world.ShowAsync(CrashStorm.Plan), await world.ShowAsync(CrashStorm.Plan) };
        await world.SupportAsync();
        var storm = new CrashStorm(shows, await world.BuyersAsync(6), seed);

        var running = storm.RunAsync();
        for (var kill = 1; kill <= kills; kill++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(300, 2_500)), TimeProvider.System, TestContext.Current.CancellationToken);
            var victim = cluster.Hosts[random.Next(cluster.Hosts.Count)];
            await victim.KillAsync();
            await victim.RestartAsync();
            await CrashAftermath.AnsweredStaysBookedAsync(storm);
        }

        storm.Calm();
        await running;

        Assert.True(storm.Confirmed > 0, "The storm booked nothing.");
        TestContext.Current.SendDiagnosticMessage($"{kills} kills, {storm.Confirmed} answered bookings.");
        await CrashAftermath.AnsweredStaysBookedAsync(storm);
        foreach (var show in shows)
            await CrashAftermath.SettlesAsync(world, show);
    }
}
