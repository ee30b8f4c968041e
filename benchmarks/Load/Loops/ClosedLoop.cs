using System.Diagnostics;
using Evently.Load.Hosts;
using Evently.Load.Http;

namespace Evently.Load.Loops;

/// <param name="Time">No visit begins after it.</param>
/// <param name="Visits">No more than these are made.</param>
internal sealed record Limit(TimeSpan Time, long Visits);

/// <summary>
/// Each client makes its next visit when the last one has ended, so that the host is as busy as these clients can make it: for what it can do at most.
/// Its latencies say little, for a slow host is asked less.
/// </summary>
internal static class ClosedLoop
{
    /// <summary>How long a visit that has begun may take beyond the measurement's time.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    /// <param name="settle">Waits for what the visits leave to be done; its time is part of the measurement.</param>
    public static async Task<Measured> RunAsync(ChildHost host, int clients, Limit limit, Visit visit, Func<LoadRecord, Task>? settle = null)
    {
        var record = new LoadRecord();
        using var connections = await Connections.OpenAsync(host.Address, clients);
        using var end = connections.CloseAfter(limit.Time + Grace);
        long next = 0;
        var meter = new Meter(host);
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(connections.All.Select(ClientAsync));
        if (settle is not null)
            await settle(record);
        return meter.Read(record);

        async Task ClientAsync(LoadConnection connection)
        {
            while (Stopwatch.GetElapsedTime(started) < limit.Time && Interlocked.Increment(ref next) - 1 is var number && number < limit.Visits)
            {
                var begun = Stopwatch.GetTimestamp();
                var outcome = await visit.TryAsync(connection, number, record);
                record.Add(outcome, Stopwatch.GetElapsedTime(begun));
            }
        }
    }
}
