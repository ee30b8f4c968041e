namespace Evently.Venues.Seats;

/// <summary>Where added runs go: into the last part until it is full, then into new ones.</summary>
internal static class SeatPacking
{
    /// <returns>The parts to write, in order: the last part with what it had and gained, unless it was full, and the new parts.</returns>
    public static List<SeatPart> Append(SeatPart? last, IReadOnlyList<StoredRun> added)
    {
        var changed = new List<SeatPart>();
        var part = last?.Part ?? 0;
        var runs = last is null ? [] : new List<StoredRun>(last.Runs);
        var nameBytes = runs.Sum(SeatPart.NameBytes);
        var gained = false;
        foreach (var run in added)
        {
            var bytes = SeatPart.NameBytes(run);
            if (runs.Count > 0 && (runs.Count >= SeatPart.MaxRuns || nameBytes + bytes > SeatPart.MaxNameBytes))
            {
                if (gained)
                    changed.Add(new SeatPart(part, runs));
                part++;
                runs = [];
                nameBytes = 0;
            }

            runs.Add(run);
            nameBytes += bytes;
            gained = true;
        }

        if (gained)
            changed.Add(new SeatPart(part, runs));
        return changed;
    }
}
