using System.Diagnostics;

namespace Evently.Api.Cloud.Tests;

/// <summary>What hosts that nobody calls ask of DynamoDB and SQS, every request of which is paid.</summary>
[Collection(CloudCluster.Name)]
public sealed class IdleTests(CloudCluster cloud)
{
    /// <summary>
    /// Of one host: once a second the feed of events, every 2 s the four shards of pending counts, every 3 s its sign of life (a write and a query); and its share of
    /// what the hosts do together: every 5 s the four shards of due sagas and those of watched sagas (these once for each host, and once more), every 10 s the
    /// 40 shards of outboxes.
    /// </summary>
    private const double TableCallsASecond = 8;

    /// <summary>Of one host: long polls of its queues, and their figures.</summary>
    private const double QueueCallsASecond = 2;

    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task An_idle_host_of_three_asks_its_table_eight_times_a_second_at_most_and_its_queues_twice()
    {
        await cloud.Cluster.CalmsDownAsync();
        cloud.TableFaults.CountAnew();
        cloud.QueueFaults.CountAnew();
        var started = Stopwatch.GetTimestamp();
        await Task.Delay(Watched, TimeProvider.System, TestContext.Current.CancellationToken);
        var hostSeconds = cloud.Cluster.Hosts.Count * Stopwatch.GetElapsedTime(started).TotalSeconds;

        foreach (var (name, faults, most) in new (string, Faults.AwsFaults, double)[] { ("DynamoDB", cloud.TableFaults, TableCallsASecond), ("SQS", cloud.QueueFaults, QueueCallsASecond) })
        {
            var figures = $"An idle host asks {name} each minute: "
                + string.Join(", ", faults.Calls.OrderByDescending(call => call.Value).Select(call => $"{call.Value * 60 / hostSeconds:F0} {call.Key}"));
            TestContext.Current.SendDiagnosticMessage(figures);
            Assert.True(faults.Calls.Values.Sum() / hostSeconds <= most, figures);
        }
    }
}
