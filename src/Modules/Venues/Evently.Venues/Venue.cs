using Evently.Shared.Storage;

namespace Evently.Venues;

/// <summary>A venue as stored, without its seats.</summary>
/// <param name="PlanVersion">Names the set of seats; ascends with each addition, from 1.</param>
/// <param name="PartCount">How many seat parts there are.</param>
/// <param name="CreatedBy">Its owner.</param>
/// <param name="HasRemovals">Seats were taken out at some time.</param>
/// <param name="SeatCounts">Seats of each type, in the order of <paramref name="SeatTypes"/>.</param>
internal sealed record Venue(
    string VenueId,
    string Name,
    string City,
    string Description,
    IReadOnlyList<string> SeatTypes,
    string TimeZone,
    DateTimeOffset CreatedAt,
    string CreatedBy,
    int PlanVersion,
    int PartCount,
    IReadOnlyList<int> SeatCounts,
    bool HasRemovals = false)
{
    public const string PlanVersionAttribute = "plan_version";

    // Seat types hold no control characters, so a line feed separates them.
    private const char Separator = '\n';

    public int SeatCount => SeatCounts.Sum();

    public Dictionary<string, Value> ToAttributes()
    {
        var attributes = BasicAttributes();
        if (HasRemovals)
            attributes["removals"] = 1;
        return attributes;
    }

    private Dictionary<string, Value> BasicAttributes() => new(StringComparer.Ordinal)
    {
        ["name"] = Name,
        ["city"] = City,
        ["description"] = Description,
        ["seat_types"] = string.Join(Separator, SeatTypes),
        ["time_zone"] = TimeZone,
        ["created_at"] = CreatedAt.ToUnixTimeMilliseconds(),
        ["created_by"] = CreatedBy,
        [PlanVersionAttribute] = PlanVersion,
        ["part_count"] = PartCount,
        ["seat_counts"] = string.Join(',', SeatCounts),
    };

    public static Venue Read(string venueId, Item item) => new(
        venueId,
        item["name"].String,
        item["city"].String,
        item["description"].String,
        item["seat_types"].String.Split(Separator),
        item["time_zone"].String,
        DateTimeOffset.FromUnixTimeMilliseconds(item["created_at"].Number),
        item["created_by"].String,
        (int)item[PlanVersionAttribute].Number,
        (int)item["part_count"].Number,
        Array.ConvertAll(item["seat_counts"].String.Split(','), text => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture)),
        item.Has("removals"));
}

/// <summary>A venue as clients see it.</summary>
internal sealed record VenueResponse(
    string VenueId,
    string Name,
    string City,
    string Description,
    IReadOnlyList<string> SeatTypes,
    string TimeZone,
    int SeatCount,
    DateTimeOffset CreatedAt)
{
    public static VenueResponse From(Venue venue) =>
        new(venue.VenueId, venue.Name, venue.City, venue.Description, venue.SeatTypes, venue.TimeZone, venue.SeatCount, venue.CreatedAt);
}
