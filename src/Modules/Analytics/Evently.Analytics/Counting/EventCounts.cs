using Evently.Shared.Storage;

namespace Evently.Analytics.Counting;

/// <summary>An event's counters, summed over its shards. Money is in minor units.</summary>
internal sealed record EventCounts(
    long Bookings,
    long Cancellations,
    long SeatsSold,
    long Revenue,
    long Refunded,
    long PlacedHolds,
    long FailedHolds,
    long ExpiredHolds,
    IReadOnlyDictionary<string, long> RevenueByType,
    DateTimeOffset? LastBooking,
    long Version)
{
    /// <summary>A cancellation may have overtaken its confirmation for a moment, so differences stop at zero.</summary>
    public long StandingBookings => Math.Max(0, Bookings - Cancellations);

    public static EventCounts Read(IEnumerable<Item?> shards)
    {
        var items = shards.OfType<Item>().ToList();
        var byType = new Dictionary<string, long>(StringComparer.Ordinal);
        long last = 0;
        foreach (var item in items)
        {
            foreach (var (name, value) in item.Attributes)
            {
                if (name.StartsWith(CountItem.TypePrefix, StringComparison.Ordinal))
                {
                    var type = name[CountItem.TypePrefix.Length..];
                    byType[type] = byType.GetValueOrDefault(type) + value.Number;
                }
            }

            last = Math.Max(last, Math.Max(Number(item, CountItem.LastBooking), CountItem.TimesOf(item).Select(time => time.Ticks).DefaultIfEmpty().Max()));
        }

        long Sum(string name) => items.Sum(item => Number(item, name));
        return new EventCounts(
            Sum(CountItem.Bookings),
            Sum(CountItem.Cancellations),
            Math.Max(0, Sum(CountItem.Seats) - Sum(CountItem.SeatsGivenBack)),
            Math.Max(0, Sum(CountItem.Revenue) - Sum(CountItem.RevenueGivenBack)),
            Sum(CountItem.Refunded),
            Sum(CountItem.PlacedHolds),
            Sum(CountItem.FailedHolds),
            Sum(CountItem.ExpiredHolds),
            byType,
            last == 0 ? null : new DateTimeOffset(last, TimeSpan.Zero),
            Sum(CountItem.Version));
    }

    private static long Number(Item item, string name) => item.Has(name) ? item[name].Number : 0;
}
