using Evently.Analytics.Catalog;
using Evently.Analytics.Counting;
using Evently.Shared.Storage;
using Microsoft.Extensions.Options;

namespace Evently.Analytics.Views;

/// <summary>All that is counted of an event, at one moment.</summary>
internal sealed record EventFigures(KnownEvent Event, EventCounts Counts, HeldTally Held, DateTimeOffset AsOf);

internal sealed class FigureReader(ModuleTable<AnalyticsModule> table, TimeProvider time, IOptions<AnalyticsOptions> options)
{
    private const int ItemsPerEvent = Keys.CountShards + 1;
    private const int EventsPerRead = TableLimits.BatchGetKeys / ItemsPerEvent;

    private readonly TimeSpan _defaultHold = TimeSpan.FromSeconds(options.Value.DefaultHoldSeconds);

    public async ValueTask<EventFigures> ReadAsync(KnownEvent known, CancellationToken cancellationToken) =>
        (await ReadManyAsync([known], cancellationToken))[0];

    /// <summary>In the order of <paramref name="events"/>; nine small items an event.</summary>
    public async ValueTask<IReadOnlyList<EventFigures>> ReadManyAsync(IEnumerable<KnownEvent> events, CancellationToken cancellationToken)
    {
        List<EventFigures> figures = [];
        foreach (var batch in events.Chunk(EventsPerRead))
        {
            var keys = batch.SelectMany(known => Keys.AllCounts(known.EventId).Append(Keys.Held(known.EventId))).ToList();
            var items = await table.GetManyAsync(keys, Consistency.Strong, cancellationToken);
            var now = time.GetUtcNow();
            figures.AddRange(batch.Select((known, i) => new EventFigures(
                known,
                EventCounts.Read(items.Skip(i * ItemsPerEvent).Take(Keys.CountShards)),
                Current(known, items[(i * ItemsPerEvent) + Keys.CountShards], now),
                now)));
        }

        return figures;
    }

    /// <summary>What is held of the event now.</summary>
    public async ValueTask<HeldTally> ReadHeldAsync(KnownEvent known, CancellationToken cancellationToken) =>
        Current(known, await table.GetAsync(Keys.Held(known.EventId), Consistency.Strong, cancellationToken), time.GetUtcNow());

    private HeldTally Current(KnownEvent known, Item? item, DateTimeOffset now) => HeldTally.Read(item).AsOf(now, known.HoldDuration ?? _defaultHold);
}
