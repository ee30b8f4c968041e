using System.Globalization;

namespace Evently.Costs;

/// <summary>
/// Compares two renderings. Words must be the same. Figures may be apart by a twentieth, or by half a unit where that is more: the code alone decides them,
/// but how well it is compressed what is stored may differ between versions of the runtime.
/// </summary>
internal static class CostComparison
{
    private const decimal Share = 0.05m;
    private const decimal Units = 0.5m;

    public static IReadOnlyList<string> Compare(string committed, string measured)
    {
        var (was, now) = (committed.Split('\n'), measured.Split('\n'));
        var differences = new List<string>();
        for (var line = 0; line < Math.Max(was.Length, now.Length); line++)
        {
            var (one, other) = (was.ElementAtOrDefault(line), now.ElementAtOrDefault(line));
            if (one is null || other is null || !IsAlike(one, other))
                differences.Add($"Line {line + 1}\n  committed: {one}\n  measured:  {other}");
        }

        return differences;
    }

    private static bool IsAlike(string committed, string measured)
    {
        if (committed == measured)
            return true;
        var (was, now) = (committed.Split('|'), measured.Split('|'));
        return was.Length > 1 && was.Length == now.Length && was.Zip(now).All(cells => IsCellAlike(cells.First.Trim(), cells.Second.Trim()));
    }

    private static bool IsCellAlike(string committed, string measured) => committed == measured
        || (decimal.TryParse(committed, CultureInfo.InvariantCulture, out var was)
            && decimal.TryParse(measured, CultureInfo.InvariantCulture, out var now)
            && Math.Abs(was - now) <= Math.Max(Units, Share * was));
}
