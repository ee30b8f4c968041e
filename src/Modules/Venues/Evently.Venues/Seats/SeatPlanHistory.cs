namespace Evently.Venues.Seats;

/// <summary>
/// What is stored of a venue's seats is their history: runs that were added and, marked as such, runs that were taken out again. An event sells the plan
/// of the version at which it was made, so nothing of it is ever overwritten.
/// </summary>
internal static class SeatPlanHistory
{
    /// <summary>The runs that stand at <paramref name="version"/>, in the order in which they were added.</summary>
    /// <param name="history">In the order in which it was written.</param>
    public static IReadOnlyList<StoredRun> At(IReadOnlyList<StoredRun> history, int version)
    {
        var known = history.TakeWhile(run => run.Version <= version).ToList();
        if (!known.Exists(run => run.IsRemoval))
            return known;

        // A removal concerns what was added to its row before it.
        var removals = new Dictionary<(string Section, string Row), List<(int Index, StoredRun Run)>>();
        for (var i = 0; i < known.Count; i++)
        {
            if (!known[i].IsRemoval)
                continue;
            var row = (known[i].Section, known[i].Row);
            if (!removals.TryGetValue(row, out var list))
                removals[row] = list = [];
            list.Add((i, known[i]));
        }

        var standing = new List<StoredRun>(known.Count);
        for (var i = 0; i < known.Count; i++)
        {
            var run = known[i];
            if (run.IsRemoval)
                continue;
            if (removals.TryGetValue((run.Section, run.Row), out var later))
                standing.AddRange(Without(run, [.. later.Where(removal => removal.Index > i).Select(removal => removal.Run)]));
            else
                standing.Add(run);
        }

        return standing;
    }

    private static IEnumerable<StoredRun> Without(StoredRun run, IReadOnlyList<StoredRun> removals)
    {
        StoredRun? open = null;
        for (var number = run.First; number <= run.Last; number++)
        {
            if (removals.Any(removal => number >= removal.First && number <= removal.Last))
            {
                if (open is { } finished)
                    yield return finished;
                open = null;
            }
            else
            {
                open = open is { } current ? current with { Last = number } : run with { First = number, Last = number };
            }
        }

        if (open is { } last)
            yield return last;
    }
}
