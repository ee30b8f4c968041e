using Evently.Shared.Ids;

namespace Evently.Events.Tests;

/// <summary>Events with made-up contents.</summary>
internal static class Some
{
    public static readonly DateTimeOffset Day = new(2030, 1, 1, 20, 0, 0, TimeSpan.Zero);

    /// <param name="number">Makes the id, and by default the start: so many days after the first of January 2030.</param>
    public static Event Event(
        int number,
        string name = "Event",
        string description = "",
        IReadOnlyList<string>? artists = null,
        IReadOnlyList<string>? tags = null,
        string city = "Berlin",
        DateTimeOffset? start = null,
        string currency = "USD",
        params long[] prices) => new(
        Id(number),
        Revision: 1,
        OrganizerId: "user-1",
        VenueId: "venue-1",
        VenueName: "Hall",
        city,
        TimeZone: "UTC",
        PlanVersion: 1,
        name,
        start ?? Day.AddDays(number),
        DurationMinutes: 90,
        artists ?? [],
        tags ?? [],
        description,
        currency,
        (prices is [] ? [10_00] : prices).Select((price, i) => KeyValuePair.Create($"type{i}", price)).ToDictionary(),
        SalesOpenAt: null,
        HoldSeconds: 180,
        MaxSeatsPerBooking: 8,
        Day,
        CancelledAt: null);

    public static string Id(int number) => PrefixedId.Format(EventsModule.IdPrefix, new Ulid((UInt128)number));
}
