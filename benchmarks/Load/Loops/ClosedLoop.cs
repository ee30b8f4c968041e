using System.Diagnostics;
using Evently.Load.Hosts;
using Evently.Load.Http;

namespace Evently.Load.Loops;

/// <summary>What was done in how long, and what it cost the host.</summary>
/// <param name="Elapsed">From the first visit's start to the last one's end.</param>
/// <param name="Cpu">Of the host in that time.</param>
internal sealed record Measured(LoadRecord Record, TimeSpan Elapsed, TimeSpan Cpu)
{
    public double WonPerSecond => Record[Outcome.Won] / Elapsed.TotalSeconds;

    public double PerSecond => Record.Visits / Elapsed.TotalSeconds;

    /// <summary>Milliseconds of the host's CPU time for each visit.</summary>
    public double CpuPerVisit => Cpu.TotalMilliseconds / Math.Max(1, Record.Visits);
}

/// <param name="Time">No visit begins after it.</param>
/// <param name="Visits">No more than these are made.</param>
internal sealed record Limit(TimeSpan Time, long Visits);

/// <summary>
/// Each client makes its next visit when the last one has ended, so that the host is as busy as these clients can make it: for what it can do at most. Its latencies
/// say little, for a slow host is asked less.
/// </summary>
internal static class ClosedLoop
{
    /// <summary>How long a visit that has begun may take beyond the measurement's time.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    public static async Task<Measured> RunAsync(ChildHost host, int clients, Limit limit, Visit visit)
    {
        var record = new LoadRecord();
        var connections = await Connections.OpenAsync(host.Address, clients);
        try
        {
            using var end = connections.CloseAfter(limit.Time + Grace);
            long next = 0;
            var cpu = host.Figures.Cpu;
            var started = Stopwatch.GetTimestamp();
            await Task.WhenAll(connections.All.Select(ClientAsync));
            return new Measured(record, Stopwatch.GetElapsedTime(started), host.Figures.Cpu - cpu);

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
        finally
        {
            connections.Dispose();
        }
    }
}
