using Evently.Analytics.Catalog;
using Evently.Analytics.Counting;
using Evently.Shared.Money;
using Evently.Shared.Storage;

namespace Evently.Analytics.Rollups;

/// <summary>
/// What the list of events is sorted by, in a row of some 150 bytes, so that sorting all of them reads little. The figures that a client
/// sees are read from the counters.
/// </summary>
/// <param name="Revenue">In ten-thousandths of the major unit, whatever the currency, so that rows compare; as much as 64 bits hold.</param>
/// <param name="Utilization">In hundredths of a per cent.</param>
/// <param name="StartTime">UTC ticks.</param>
internal sealed record ListedEvent(string EventId, long Revenue, long Utilization, long StartTime)
{
    private const string RevenueName = "revenue";
    private const string UtilizationName = "utilization";
    private const string StartName = "start";
    private const string CountsVersion = "counts_v";
    private const string EventVersion = "event_v";

    /// <summary>Stores the row unless it was made from later counters or a later replica.</summary>
    public static Write ToWrite(KnownEvent known, EventCounts counts, long eventVersion) => Write.Put(
        Keys.ListedEvent(known.OrganizerId, known.EventId),
        new Dictionary<string, Value>
        {
            [RevenueName] = (long)Math.Min(long.MaxValue, Currency.ToMajor(counts.Revenue, known.Currency) * 10_000),
            [UtilizationName] = (long)(Rates.PerCent(counts.SeatsSold, known.SeatCount) * 100),
            [StartName] = known.StartTime.UtcTicks,
            [CountsVersion] = counts.Version,
            [EventVersion] = eventVersion,
        },
        Condition.Any(
            Condition.ItemAbsent,
            Condition.All(
                Condition.Compare(CountsVersion, Comparison.LessOrEqual, counts.Version),
                Condition.Compare(EventVersion, Comparison.LessOrEqual, eventVersion))));

    public static ListedEvent Read(Item item) =>
        new(Keys.EventOfListed(item.Key), item[RevenueName].Number, item[UtilizationName].Number, item[StartName].Number);
}
