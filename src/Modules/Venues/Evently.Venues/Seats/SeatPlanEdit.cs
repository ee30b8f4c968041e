namespace Evently.Venues.Seats;

/// <summary>Seats to take out of a venue.</summary>
/// <param name="Number">Null: the whole row.</param>
internal sealed record UnwantedSeats(string Section, string Row, int? Number)
{
    public string Name => Number is { } number ? SeatPosition.Format(Section, Row, number) : Section.Length == 0 ? Row : $"{Section}/{Row}";
}

/// <summary>What comes of a wish to change a venue's seats.</summary>
internal abstract record SeatPlanEdit
{
    private SeatPlanEdit()
    {
    }

    /// <summary>Decides on <paramref name="wanted"/> against the seats that are there; all of them are added, or none.</summary>
    /// <param name="seatTypes">The types that the venue declares.</param>
    /// <param name="wanted">Runs with valid positions; their versions do not matter.</param>
    public static SeatPlanEdit Decide(IReadOnlyList<string> seatTypes, IReadOnlyList<StoredRun> existing, IReadOnlyList<StoredRun> wanted, int version)
    {
        var declared = seatTypes.ToHashSet(StringComparer.Ordinal);
        var unknown = wanted.Select(run => run.SeatType).Where(type => !declared.Contains(type)).Distinct(StringComparer.Ordinal).ToArray();
        if (unknown.Length > 0)
            return new UnknownTypes(unknown);

        // Before anything is spelled out seat by seat: this bounds the work below.
        var present = existing.Sum(run => (long)run.Count);
        if (present + wanted.Sum(run => (long)run.Count) > VenueLimits.Seats)
            return new TooMany((int)present);

        var taken = TakenSeats.Of(existing);
        var repeated = new HashSet<string>(StringComparer.Ordinal);
        foreach (var run in wanted)
        {
            for (var number = run.First; number <= run.Last; number++)
            {
                if (!taken.TryAdd(run.Section, run.Row, number))
                    repeated.Add(SeatPosition.Format(run.Section, run.Row, number));
            }
        }

        return repeated.Count > 0 ? new AlreadyThere(repeated) : Added(Merge(wanted, version));
    }

    /// <summary>Decides on taking seats out: all of them, or none when one is not there.</summary>
    public static SeatPlanEdit Remove(IReadOnlyList<StoredRun> standing, IReadOnlyList<UnwantedSeats> unwanted, int version)
    {
        var rows = standing.GroupBy(run => (run.Section, run.Row)).ToDictionary(row => row.Key, row => row.ToList());
        var missing = new SortedSet<string>(StringComparer.Ordinal);
        var removed = new HashSet<(string Section, string Row, int Number)>();
        var runs = new List<StoredRun>();
        var difference = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var seats in unwanted)
        {
            if (!rows.TryGetValue((seats.Section, seats.Row), out var row))
            {
                missing.Add(seats.Name);
                continue;
            }

            // A whole row is what stands of it; one seat is a run of one.
            foreach (var run in seats.Number is { } number
                ? row.Where(run => number >= run.First && number <= run.Last).Select(run => run with { First = number, Last = number })
                : row)
            {
                if (!removed.Add((run.Section, run.Row, run.First)))
                    continue;
                runs.Add(run with { SeatType = "", Version = version });
                difference[run.SeatType] = difference.GetValueOrDefault(run.SeatType) - run.Count;
            }

            if (seats.Number is { } wanted && !removed.Contains((seats.Section, seats.Row, wanted)))
                missing.Add(seats.Name);
        }

        return missing.Count > 0 ? new NotThere(missing) : new Accepted(runs, difference);
    }

    private static Accepted Added(List<StoredRun> runs) => new(
        runs, runs.GroupBy(run => run.SeatType, StringComparer.Ordinal).ToDictionary(type => type.Key, type => type.Sum(run => run.Count), StringComparer.Ordinal));

    /// <summary>Rows in the order in which they first appear, seats by number, neighbours of one type in one run.</summary>
    private static List<StoredRun> Merge(IReadOnlyList<StoredRun> wanted, int version)
    {
        var merged = new List<StoredRun>();
        foreach (var row in wanted.GroupBy(run => (run.Section, run.Row)))
        {
            StoredRun? open = null;
            foreach (var run in row.OrderBy(run => run.First))
            {
                if (open is { } current && current.Last + 1 == run.First && string.Equals(current.SeatType, run.SeatType, StringComparison.Ordinal))
                {
                    open = current with { Last = run.Last };
                    continue;
                }

                if (open is { } finished)
                    merged.Add(finished);
                open = run with { Version = version };
            }

            merged.Add(open!.Value);
        }

        return merged;
    }

    /// <param name="Runs">To be written behind what is there.</param>
    /// <param name="Difference">Seats gained or lost by type.</param>
    internal sealed record Accepted(IReadOnlyList<StoredRun> Runs, IReadOnlyDictionary<string, int> Difference) : SeatPlanEdit;

    /// <param name="Positions">Every unwanted seat or row that the venue does not have.</param>
    internal sealed record NotThere(IReadOnlySet<string> Positions) : SeatPlanEdit;

    internal sealed record UnknownTypes(IReadOnlyList<string> SeatTypes) : SeatPlanEdit;

    /// <param name="Positions">Every wanted seat that exists already or was named twice.</param>
    internal sealed record AlreadyThere(IReadOnlySet<string> Positions) : SeatPlanEdit;

    /// <param name="Present">How many seats the venue has.</param>
    internal sealed record TooMany(int Present) : SeatPlanEdit;

    /// <summary>A set of seats that costs one number a seat.</summary>
    private sealed class TakenSeats
    {
        private readonly Dictionary<(string Section, string Row), int> _rows = [];
        private readonly HashSet<long> _seats = [];

        public static TakenSeats Of(IReadOnlyList<StoredRun> runs)
        {
            var taken = new TakenSeats();
            foreach (var run in runs)
            {
                for (var number = run.First; number <= run.Last; number++)
                    taken.TryAdd(run.Section, run.Row, number);
            }

            return taken;
        }

        public bool TryAdd(string section, string row, int number)
        {
            if (!_rows.TryGetValue((section, row), out var ordinal))
                _rows[(section, row)] = ordinal = _rows.Count;
            return _seats.Add(((long)ordinal * (VenueLimits.SeatNumber + 1)) + number);
        }
    }
}
