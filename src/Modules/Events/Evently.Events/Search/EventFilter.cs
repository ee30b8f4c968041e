namespace Evently.Events.Search;

/// <summary>Which events a list wants; null and empty mean "any".</summary>
/// <param name="City">Folded, as are <paramref name="Artists"/> and <paramref name="Tags"/>, of which an event must have every one.</param>
/// <param name="Words">Folded words to search for.</param>
/// <param name="StartsFrom">UTC ticks, included.</param>
/// <param name="EndsAfter">UTC ticks: the event is not over by then.</param>
/// <param name="StartsBefore">UTC ticks, not included.</param>
/// <param name="MinPrice">In <see cref="EventEntry.PriceParts"/>; one seat type's price must be between the two, both included.</param>
internal sealed record EventFilter(
    string? City,
    IReadOnlyList<string> Artists,
    IReadOnlyList<string> Tags,
    IReadOnlyList<string>? Words,
    long? StartsFrom,
    long? EndsAfter,
    long? StartsBefore,
    long? MinPrice,
    long? MaxPrice)
{
    public static readonly EventFilter None = new(null, [], [], null, null, null, null, null, null);

    public bool Accepts(EventEntry entry) =>
        (StartsFrom is null || entry.StartTicks >= StartsFrom)
        && (EndsAfter is null || entry.EndTicks > EndsAfter)
        && (StartsBefore is null || entry.StartTicks < StartsBefore)
        && (City is null || string.Equals(City, entry.City, StringComparison.Ordinal))
        && HasAll(entry.Tags, Tags)
        && HasAll(entry.Artists, Artists)
        && HasPrice(entry.Prices);

    private static bool HasAll(string[] present, IReadOnlyList<string> wanted)
    {
        foreach (var value in wanted)
        {
            if (Array.IndexOf(present, value) < 0)
                return false;
        }

        return true;
    }

    private bool HasPrice(long[] prices)
    {
        if (MinPrice is null && MaxPrice is null)
            return true;
        foreach (var price in prices)
        {
            if (price >= (MinPrice ?? long.MinValue) && price <= (MaxPrice ?? long.MaxValue))
                return true;
        }

        return false;
    }
}

/// <summary>A page of a list.</summary>
/// <param name="After">Continue behind this place; null for the beginning.</param>
/// <param name="Skip">Events to leave out first.</param>
internal sealed record EventQuery(EventFilter Filter, EventOrder Order, int Limit, EventPlace? After = null, int Skip = 0);

/// <param name="Next">Where the next page continues; null when there is none.</param>
/// <param name="Examined">How many events were looked at to find these; what a query costs.</param>
internal sealed record EventPage(IReadOnlyList<Event> Events, EventPlace? Next, int Examined);
