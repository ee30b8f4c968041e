using System.Diagnostics;
using Evently.Load.Hosts;

namespace Evently.Load.Loops;

/// <summary>What was done in how long, and who took the machine's time meanwhile.</summary>
/// <param name="Elapsed">From the first visit's start to the end of all that it caused.</param>
/// <param name="Cpu">Of the host.</param>
/// <param name="OwnCpu">Of this generator.</param>
/// <param name="Others">Which part of the machine neither host nor generator had, from 0 to 1: the larger, the less an absolute figure says.</param>
internal sealed record Measured(LoadRecord Record, TimeSpan Elapsed, TimeSpan Cpu, TimeSpan OwnCpu, double Others)
{
    public long Won => Record[Outcome.Won];

    public double WonPerSecond => Won / Elapsed.TotalSeconds;

    /// <summary>Milliseconds of the host's CPU time for each visit that got what it came for.</summary>
    public double CpuPerWon => Cpu.TotalMilliseconds / Math.Max(1, Won);
}

/// <summary>Starts to count at its making.</summary>
internal sealed class Meter(ChildHost host)
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly TimeSpan _cpu = host.Figures.Cpu;
    private readonly TimeSpan _own = Environment.CpuUsage.TotalTime;
    private readonly TimeSpan _machine = Machine.Busy;

    public Measured Read(LoadRecord record)
    {
        var elapsed = Stopwatch.GetElapsedTime(_started);
        var cpu = host.Figures.Cpu - _cpu;
        var own = Environment.CpuUsage.TotalTime - _own;
        var others = (Machine.Busy - _machine - cpu - own) / (elapsed * Environment.ProcessorCount);
        return new Measured(record, elapsed, cpu, own, Math.Clamp(others, 0, 1));
    }
}
