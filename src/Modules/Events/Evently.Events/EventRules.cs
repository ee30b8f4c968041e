using Evently.Shared.Http;
using Evently.Shared.Money;
using Evently.Shared.Text;

namespace Evently.Events;

/// <summary>Rules on an event's fields, the same at its creation and at its change.</summary>
internal static class EventRules
{
    public static void Name(string? name, ValidationErrors errors) => errors.Text(name, "name", 1, EventLimits.Name);

    public static void Description(string? description, ValidationErrors errors) => errors.Text(description, "description", 0, EventLimits.Description, multiline: true);

    public static void Artists(IReadOnlyList<string?> artists, ValidationErrors errors) => Texts(artists, "artists", EventLimits.Artists, EventLimits.Artist, errors);

    public static void Tags(IReadOnlyList<string?> tags, ValidationErrors errors) => Texts(tags, "tags", EventLimits.Tags, EventLimits.Tag, errors);

    public static void Duration(int? minutes, ValidationErrors errors) =>
        errors.Check(minutes is >= 1 and <= EventLimits.DurationMinutes, "duration", $"must be a number of minutes from 1 to {EventLimits.DurationMinutes}.");

    /// <summary>An event that is made or moved begins in the future.</summary>
    public static void Start(DateTimeOffset? start, DateTimeOffset now, ValidationErrors errors) =>
        errors.Check(start is null || start > now, "start_time", "must not be in the past.");

    public static void Sales(DateTimeOffset? opensAt, DateTimeOffset? closesAt, ValidationErrors errors) =>
        errors.Check(opensAt is null || closesAt is null || opensAt < closesAt, "sales_close_at", "must be after sales_open_at.");

    /// <summary>The prices in minor units; incomplete when there are errors.</summary>
    public static Dictionary<string, long> Prices(IReadOnlyDictionary<string, decimal>? prices, string currency, ValidationErrors errors)
    {
        var minor = new Dictionary<string, long>(StringComparer.Ordinal);
        var isKnown = Currency.IsKnown(currency);
        errors.Check(isKnown, "currency", "must be an ISO 4217 code, such as USD.");
        if (prices is null || prices.Count is 0 or > EventLimits.SeatTypes)
        {
            errors.Add("seat_type_prices", $"must price 1 to {EventLimits.SeatTypes} seat types.");
            return minor;
        }

        foreach (var (type, major) in prices)
        {
            long amount = 0;
            errors.Identifier(type, "seat_type_prices", 1, EventLimits.SeatType);
            if (!ValidationErrors.IsCleanText(type, multiline: false))
                continue;
            if (isKnown && !Currency.TryToMinor(major, currency, out amount))
                errors.Add("seat_type_prices", $"has an amount that is negative, too large or has more decimals than {currency}.");
            else
                errors.Check(minor.TryAdd(IdentifierText.Normalize(type), amount), "seat_type_prices", "prices one seat type twice, in two spellings.");
        }

        return minor;
    }

    private static void Texts(IReadOnlyList<string?> texts, string field, int count, int length, ValidationErrors errors)
    {
        errors.Check(texts.Count <= count, field, $"must have at most {count} entries.");
        for (var i = 0; i < Math.Min(texts.Count, count); i++)
            errors.Text(texts[i], $"{field}[{i}]", 1, length);
    }
}
