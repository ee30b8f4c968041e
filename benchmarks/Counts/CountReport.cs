using System.Globalization;
using System.Text;

namespace Evently.Counts;

internal static class CountReport
{
    private const decimal BytesPerKilobyte = 1_024;

    /// <summary>Versions of the runtime allocate differently.</summary>
    private const decimal Share = 0.15m;

    public static string Render(IReadOnlyList<CallCount> counts)
    {
        var text = new StringBuilder("""
            # What calls make the embedded store do

            Made by `dotnet run --project benchmarks/Counts -c Release -- docs/counts.md --write`; without `--write` it compares the file with what is counted anew.
            Nothing is timed: the figures are the same on a busy machine. One call at a time on a host that has served some already; the middle of several.

            A flush is a transaction of the data file, synced to the disk. Steps are messages that are handled because of the call, inside the process and from its
            queues. Memory is what host and client allocate together until the call is answered. A comparison lets flushes in all differ by one, for writes that meet
            share theirs, and memory by 15 %.


            """);
        text.AppendLine("| call | flushes until it is answered | flushes in all | steps | KB allocated |");
        text.AppendLine("|---|---|---|---|---|");
        foreach (var count in counts)
        {
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {count.Call} | {count.Flushes} | {count.FlushesInAll} | {count.Steps} | {count.Bytes / BytesPerKilobyte:F1} |");
        }

        return text.ToString();
    }

    public static IReadOnlyList<string> Compare(string committed, IReadOnlyList<CallCount> counts)
    {
        var (was, now) = (committed.Split('\n'), Render(counts).Split('\n'));
        return [.. Enumerable.Range(0, Math.Max(was.Length, now.Length))
            .Where(line => !IsAlike(was.ElementAtOrDefault(line), now.ElementAtOrDefault(line)))
            .Select(line => $"Line {line + 1}\n  committed: {was.ElementAtOrDefault(line)}\n  counted:   {now.ElementAtOrDefault(line)}")];
    }

    /// <summary>Calls, flushes until the answer and steps must be the same; flushes in all may differ by one, as writes that meet share theirs; memory by a share.</summary>
    private static bool IsAlike(string? committed, string? counted)
    {
        if (committed == counted)
            return true;
        if (committed?.Split('|') is not { Length: 7 } was || counted?.Split('|') is not { Length: 7 } now)
            return false;
        var (one, other) = (Array.ConvertAll(was, NumberOf), Array.ConvertAll(now, NumberOf));
        return was.Length == now.Length && was[1] == now[1] && one[2] == other[2] && one[4] == other[4]
            && Math.Abs(one[3] - other[3]) <= 1 && Math.Abs(one[5] - other[5]) <= Share * one[5];
    }

    private static decimal NumberOf(string cell) => decimal.TryParse(cell, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
