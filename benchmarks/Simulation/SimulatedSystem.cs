using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Testing;
using Evently.Testing.Costs;
using Evently.Testing.Partitions;
using Evently.Testing.Storage;

namespace Evently.Simulation;

/// <summary>
/// Evently on a table and queues in memory that behave like AWS's, in virtual time: the real host with its endpoints, sagas, relays, consumers and loops.
/// Only processor time is not simulated: code takes none.
/// </summary>
public sealed class SimulatedSystem : IDisposable
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly Random _network;
    private Latencies? _latencies;

    /// <param name="seed">One seed gives one run.</param>
    public SimulatedSystem(int seed, bool traceWriters = false)
    {
        _network = new Random(seed);
        Time = new VirtualTime(Start);
        Meter = new CostMeter(traceWriters);
        Stored = new MemoryTableEngine(Time);
        Table = new PartitionedTable(new MeteredTable(Stored, Meter), Stored, Meter, Time, new IdGenerator(Time, new Random(seed + 1).NextBytes), _network);
        var queues = new MeteredQueues(new SlowQueues(MemoryEngines.Queues(Time), PassAsync), Meter);
        Host = new SimulatedHost(Time, Table, queues, seed + 2);
    }

    public VirtualTime Time { get; }

    public CostMeter Meter { get; }

    /// <summary>What is stored, at no cost and at once.</summary>
    public MemoryTableEngine Stored { get; }

    public PartitionedTable Table { get; }

    public SimulatedHost Host { get; }

    /// <summary>Runs a scenario. The host has started by now, while the clock stood still; from here on everything takes its time.</summary>
    public void Run(Func<Task> scenario) => new VirtualLoop(Time).Run(scenario);

    /// <summary>From now on table and queues answer as late, and refuse as often, as AWS's.</summary>
    public TablePartitions Begin(Latencies latencies, Throughput throughput)
    {
        if (_latencies is null)
            Host.StartJobs();
        _latencies = latencies;
        return Table.Begin(latencies, throughput);
    }

    public Task DelayAsync(TimeSpan pause) => Task.Delay(pause, Time);

    /// <summary>The host stops in virtual time too.</summary>
    public void Dispose() => Run(() => Host.DisposeAsync().AsTask());

    private Task PassAsync() => _latencies is { Queue: var usual } ? Task.Delay(usual * (0.5 + _network.NextDouble()), Time) : Task.CompletedTask;
}
