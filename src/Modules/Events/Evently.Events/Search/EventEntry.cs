using Evently.Shared.Money;
using Evently.Shared.Text;

namespace Evently.Events.Search;

/// <summary>An event with what the index compares, folded once.</summary>
internal sealed class EventEntry
{
    /// <summary>Prices of all currencies are compared as major units with this many parts.</summary>
    public const long PriceParts = 10_000;

    /// <summary>A name is part of a cursor, and folding can make some names many times longer.</summary>
    private const int SortedNameLength = EventLimits.Name;

    public EventEntry(Event @event)
    {
        Event = @event;
        City = TextFolding.Fold(@event.City);
        Artists = [.. @event.Artists.Select(TextFolding.Fold).Distinct(StringComparer.Ordinal)];
        Tags = [.. @event.Tags.Select(TextFolding.Fold).Distinct(StringComparer.Ordinal)];
        Prices = [.. @event.Prices.Values.Select(price => (long)(Currency.ToMajor(price, @event.Currency) * PriceParts))];
        StartTicks = @event.StartTime.UtcTicks;
        EndTicks = @event.EndTime.UtcTicks;
        ByDate = new EventPlace(StartTicks, "", 0, @event.EventId);
        ByPrice = new EventPlace(Prices.Min(), "", 0, @event.EventId);
        Name = TextFolding.Fold(@event.Name);
        ByName = new EventPlace(0, Shorten(Name), 0, @event.EventId);
    }

    public Event Event { get; }

    public string Name { get; }

    public string City { get; }

    public string[] Artists { get; }

    public string[] Tags { get; }

    public long[] Prices { get; }

    public long StartTicks { get; }

    public long EndTicks { get; }

    public EventPlace ByDate { get; }

    /// <summary>By the cheapest seat type.</summary>
    public EventPlace ByPrice { get; }

    public EventPlace ByName { get; }

    /// <summary>False once a newer revision took its place.</summary>
    public bool IsCurrent { get; set; } = true;

    private static string Shorten(string name)
    {
        if (name.Length <= SortedNameLength)
            return name;
        return name[..(char.IsHighSurrogate(name[SortedNameLength - 1]) ? SortedNameLength - 1 : SortedNameLength)];
    }
}
