using System.Diagnostics;
using System.Globalization;

namespace Evently.Load.Hosts;

/// <summary>What a process has used so far, as Linux counts it.</summary>
internal sealed class ProcessFigures(Process process)
{
    private const double KilobytesPerMegabyte = 1024;

    public bool IsRunning
    {
        get
        {
            try
            {
                return !process.HasExited;
            }
            catch (InvalidOperationException)
            {
                // It was never started.
                return false;
            }
        }
    }

    /// <summary>Of all its threads, in user and kernel mode; in steps of 10 ms.</summary>
    public TimeSpan Cpu
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>Megabytes in memory now, with the pages of files.</summary>
    public double WorkingSet => Status("VmRSS:") / KilobytesPerMegabyte;

    /// <summary>Megabytes in memory that are this process's own, without the pages of files.</summary>
    public double Private => Status("RssAnon:") / KilobytesPerMegabyte;

    /// <summary>Bytes that it has had written to disks.</summary>
    public long WrittenBytes => Number($"/proc/{process.Id}/io", "write_bytes:");

    private long Status(string name) => Number($"/proc/{process.Id}/status", name);

    private static long Number(string file, string name)
    {
        foreach (var line in File.ReadLines(file))
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
                return long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
        }

        throw new InvalidDataException($"{file} has no {name}");
    }
}
