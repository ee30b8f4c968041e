namespace Evently.Load.Loops;

/// <summary>Somebody comes, whether or not the host is done with those before.</summary>
/// <param name="At">From the start of the measurement.</param>
/// <param name="Kind">Which of the measurement's visits.</param>
/// <param name="Number">What the visit is told.</param>
internal readonly record struct Arrival(TimeSpan At, int Kind, long Number);

/// <summary>Schedules of chance; the same seed gives the same one.</summary>
internal static class Arrivals
{
    /// <summary>Independent visitors at a steady mean rate: the gaps between them are exponential.</summary>
    /// <param name="rate">A second.</param>
    public static IReadOnlyList<Arrival> Steady(double rate, TimeSpan time, int seed)
    {
        var random = new Random(seed);
        var arrivals = new List<Arrival>();
        for (var at = Gap(); at < time; at += Gap())
            arrivals.Add(new Arrival(at, 0, arrivals.Count));
        return arrivals;

        TimeSpan Gap() => TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) / rate);
    }

    /// <summary>A moment of a first minute in which everybody arrives: as likely as not within the first ten seconds, ever fewer later.</summary>
    /// <param name="chance">From 0 to 1, evenly.</param>
    public static TimeSpan InFirstMinute(double chance)
    {
        const double Seconds = 60;
        const double MeanSeconds = 15;
        var all = 1 - Math.Exp(-Seconds / MeanSeconds);
        return TimeSpan.FromSeconds(-Math.Log(1 - chance * all) * MeanSeconds);
    }
}
