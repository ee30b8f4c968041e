using System.Globalization;
using Evently.Shared.Ids;
using Evently.Shared.Text;

namespace Evently.Events.Search;

internal enum EventSort
{
    Date,
    Price,
    Name,
    Relevance,
}

/// <summary>
/// An event's place in an order, unique by its id. Pages continue behind a place, not behind a count, so that events which appear or go
/// meanwhile neither repeat nor hide others.
/// </summary>
internal readonly record struct EventPlace(long Primary, string Text, long Secondary, string EventId) : IComparable<EventPlace>
{
    public int CompareTo(EventPlace other)
    {
        var order = Primary.CompareTo(other.Primary);
        if (order == 0 && !ReferenceEquals(Text, other.Text))
            order = string.CompareOrdinal(Text, other.Text);
        if (order == 0)
            order = Secondary.CompareTo(other.Secondary);
        return order != 0 ? order : string.CompareOrdinal(EventId, other.EventId);
    }
}

/// <summary>What a list is sorted by, and which way.</summary>
internal readonly record struct EventOrder(EventSort Sort, bool Descending)
{
    private const char Separator = '|';
    private const int CursorFields = 5;

    /// <summary>By relevance, the best come first when descending; everything else ascends unless told otherwise.</summary>
    public static EventOrder Default(EventSort sort) => new(sort, Descending: sort == EventSort.Relevance);

    public int Compare(EventPlace one, EventPlace other) => Descending ? other.CompareTo(one) : one.CompareTo(other);

    public EventPlace PlaceOf(EventEntry entry, int relevance) => Sort switch
    {
        EventSort.Date => entry.ByDate,
        EventSort.Price => entry.ByPrice,
        EventSort.Name => entry.ByName,

        // Of equally relevant events the earlier one first, whichever way the list runs by default.
        EventSort.Relevance => new EventPlace(relevance, "", -entry.StartTicks, entry.Event.EventId),
        _ => throw new ArgumentOutOfRangeException(nameof(entry), Sort, null),
    };

    public string ToCursor(EventPlace place) => string.Create(CultureInfo.InvariantCulture, $"{Signature}{Separator}{place.Primary}{Separator}{place.Secondary}{Separator}{place.EventId}{Separator}{place.Text}");

    /// <summary>False for a cursor of another order, and for anything that is none.</summary>
    public bool TryReadCursor(string cursor, out EventPlace place)
    {
        place = default;
        var fields = cursor.Split(Separator, CursorFields);
        if (fields.Length != CursorFields
            || !string.Equals(fields[0], Signature, StringComparison.Ordinal)
            || !CanonicalNumber.TryParse(fields[1], out long primary)
            || !CanonicalNumber.TryParse(fields[2], out long secondary)
            || !PrefixedId.TryParse(fields[3], EventsModule.IdPrefix, out _))
            return false;
        place = new EventPlace(primary, fields[4], secondary, fields[3]);
        return true;
    }

    private string Signature => string.Create(CultureInfo.InvariantCulture, $"{(int)Sort}{(Descending ? 'd' : 'a')}");
}
