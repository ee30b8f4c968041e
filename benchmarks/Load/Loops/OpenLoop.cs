using System.Diagnostics;
using System.Threading.Channels;
using Evently.Load.Hosts;
using Evently.Load.Http;

namespace Evently.Load.Loops;

/// <summary>
/// Visits begin when the schedule says, however the host fares, and a latency counts from that intended start: what waits for a free connection, or for a
/// host that is stuck, waits in the figures too.
/// </summary>
internal static class OpenLoop
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    /// <param name="clients">Connections; more visits than these at a time wait for one.</param>
    /// <param name="schedule">In order of time.</param>
    /// <param name="visits">By <see cref="Arrival.Kind"/>.</param>
    /// <returns>A record for each kind; each has the lag of its visits' starts.</returns>
    public static async Task<IReadOnlyList<Measured>> RunAsync(
        ChildHost host, int clients, IReadOnlyList<Arrival> schedule, params IReadOnlyList<Visit> visits)
    {
        var records = visits.Select(_ => new LoadRecord()).ToArray();
        using var connections = await Connections.OpenAsync(host.Address, clients);
        using var end = connections.CloseAfter(schedule[^1].At + Grace);

        // Whoever writes an arrival sends its request on the same thread, unless all connections are busy.
        var due = Channel.CreateBounded<Arrival>(new BoundedChannelOptions(schedule.Count) { AllowSynchronousContinuations = true, SingleWriter = true });
        var meter = new Meter(host);
        var started = Stopwatch.GetTimestamp();
        var clientsDone = Task.WhenAll(connections.All.Select(ClientAsync));
        await DispatchAsync();
        await clientsDone;
        return [.. records.Select(meter.Read)];

        async Task DispatchAsync()
        {
            foreach (var arrival in schedule)
            {
                while (Stopwatch.GetElapsedTime(started) < arrival.At)
                    await Task.Delay(Tick, TimeProvider.System);
                records[arrival.Kind].AddLag(Stopwatch.GetElapsedTime(started) - arrival.At);
                due.Writer.TryWrite(arrival);
            }

            due.Writer.Complete();
        }

        async Task ClientAsync(LoadConnection connection)
        {
            await foreach (var (at, kind, number) in due.Reader.ReadAllAsync())
            {
                var outcome = await visits[kind].TryAsync(connection, number, records[kind]);
                records[kind].Add(outcome, Stopwatch.GetElapsedTime(started) - at);
            }
        }
    }
}
