using System.Globalization;

namespace Evently.Load.Hosts;

/// <summary>The whole machine, as Linux counts it.</summary>
internal static class Machine
{
    /// <summary>Every Linux that .NET runs on counts in hundredths of a second here.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    /// <summary>Time that all cores together were not idle, and what a hypervisor took of them.</summary>
    public static TimeSpan Busy
    {
        get
        {
            // cpu user nice system idle iowait irq softirq steal; guests are in user already.
            var ticks = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9];
            return ticks.Where((_, index) => index is not (3 or 4)).Sum(value => long.Parse(value, CultureInfo.InvariantCulture)) * Tick;
        }
    }
}
