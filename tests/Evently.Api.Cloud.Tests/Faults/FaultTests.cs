using System.Diagnostics;
using Evently.Api.Tests.Running;

namespace Evently.Api.Cloud.Tests.Faults;

/// <summary>
/// Three hosts, of whose calls of DynamoDB and SQS many go wrong. EVENTLY_FAULT_SECONDS sets how long the faults last, EVENTLY_SEED which they are.
/// </summary>
[Collection(CloudCluster.Name)]
public sealed class FaultTests(CloudCluster cloud)
{
    private const double Share = 0.3;
    private const int Buyers = 16;
    private const int DefaultSeconds = 20;

    /// <summary>Of the engine's retry budget for one transaction.</summary>
    private const int MostAttempts = 12;

    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task With_thirty_percent_faults_and_a_killed_host_no_answer_is_wrong_and_everything_settles_within_a_minute_of_their_end()
    {
        var (seconds, seed) = (Soak.Setting("EVENTLY_FAULT_SECONDS", DefaultSeconds), Soak.Setting("EVENTLY_SEED", 30));
        var world = cloud.Cluster.World;
        var shows = new[] { await cloud.Cluster.ShowOnSaleAsync(CrashStorm.Plan), await cloud.Cluster.ShowOnSaleAsync(CrashStorm.Plan) };
        var storm = new CrashStorm(shows, await world.BuyersAsync(Buyers), seed);

        try
        {
            var ended = await StormAsync(storm, TimeSpan.FromSeconds(seconds), seed);

            var attempts = cloud.TableFaults.Attempts.Values.ToList();
            TestContext.Current.SendDiagnosticMessage($"{storm.Confirmed} answered bookings: {storm.Answers}.");
            TestContext.Current.SendDiagnosticMessage($"Of the table's {Told(cloud.TableFaults)}. Of the queues' {Told(cloud.QueueFaults)}.");
            TestContext.Current.SendDiagnosticMessage($"{attempts.Count} transactions in {attempts.Sum()} attempts, none in more than {attempts.Max()}.");
            Assert.True(storm.Confirmed > 0, "The storm booked nothing.");
            await CrashAftermath.AnsweredStaysBookedAsync(storm);
            foreach (var show in shows)
                await CrashAftermath.SettlesAsync(world, show, Recovery - Stopwatch.GetElapsedTime(ended));
            TestContext.Current.SendDiagnosticMessage($"Settled {Stopwatch.GetElapsedTime(ended).TotalSeconds:F0} s after the faults.");
            Assert.InRange(attempts.Max(), 2, MostAttempts);
        }
        finally
        {
            await cloud.Cluster.CalmsDownAsync();
        }
    }

    /// <returns>When the faults ended.</returns>
    private async Task<long> StormAsync(CrashStorm storm, TimeSpan lasting, int seed)
    {
        cloud.TableFaults.Begin(Share, seed);
        cloud.QueueFaults.Begin(Share, seed);
        var running = storm.RunAsync();
        try
        {
            await Task.WhenAny(running, Task.Delay(lasting / 2, TimeProvider.System, TestContext.Current.CancellationToken));
            await cloud.Cluster.Hosts[0].KillAsync();
            await cloud.Cluster.Hosts[0].RestartAsync();
            await Task.WhenAny(running, Task.Delay(lasting / 2, TimeProvider.System, TestContext.Current.CancellationToken));
        }
        finally
        {
            storm.Calm();
            await Task.WhenAny(running);
            cloud.TableFaults.End();
            cloud.QueueFaults.End();
            await running;
        }

        return Stopwatch.GetTimestamp();
    }

    private static string Told(AwsFaults faults) =>
        $"{faults.Calls.Values.Sum()} calls: " + string.Join(", ", faults.Done.OrderBy(fault => fault.Key, StringComparer.Ordinal).Select(fault => $"{fault.Value} {fault.Key}"));
}
