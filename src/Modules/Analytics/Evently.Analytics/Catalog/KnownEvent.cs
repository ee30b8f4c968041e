using System.Text.Json;
using Evently.Events.Contracts;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;

namespace Evently.Analytics.Catalog;

/// <summary>What Analytics keeps of an event.</summary>
/// <param name="Prices">Minor units, by seat type.</param>
/// <param name="HoldDuration">How long a hold lasts at most before a charge begins.</param>
internal sealed record KnownEvent(
    string EventId,
    string OrganizerId,
    string Name,
    string VenueId,
    string VenueName,
    int SeatCount,
    string Currency,
    IReadOnlyDictionary<string, long> Prices,
    DateTimeOffset StartTime,
    int DurationMinutes,
    IReadOnlyList<string> Artists,
    IReadOnlyList<string> Tags,
    TimeSpan? HoldDuration,
    bool IsCancelled);

/// <summary>
/// The stored form: every message sets attributes of its own, so they may come in any order, and reading puts them together.
/// </summary>
internal static class EventReplica
{
    public const string Created = "created";
    public const string Changed = "changed";
    public const string Revision = "revision";
    public const string CancelledAt = "cancelled_at";

    /// <summary>Counts the item's writes; the rollup's guard.</summary>
    public const string Version = "v";

    /// <summary>Null until the event's creation has arrived.</summary>
    public static KnownEvent? Read(Item? item)
    {
        if (item is null || !item.Has(Created))
            return null;
        var created = JsonSerializer.Deserialize(item[Created].String, StoredJson.Default.EventCreated)!;
        var changed = item.Has(Changed) ? JsonSerializer.Deserialize(item[Changed].String, StoredJson.Default.EventChanged) : null;
        return new KnownEvent(
            created.EventId,
            created.OrganizerId,
            changed?.Name ?? created.Name,
            created.VenueId,
            created.VenueName,
            created.SeatCount,
            created.Currency,
            changed?.Prices ?? created.Prices,
            changed?.StartTime ?? created.StartTime,
            changed?.DurationMinutes ?? created.DurationMinutes,
            changed?.Artists ?? created.Artists,
            changed?.Tags ?? created.Tags,
            created.HoldSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            item.Has(CancelledAt));
    }
}

/// <summary>Reads the replica of events.</summary>
internal sealed class EventReader(ModuleTable<AnalyticsModule> table, Replica replica)
{
    /// <summary>The event, waited for briefly when it is new; null when there is none.</summary>
    public async ValueTask<KnownEvent?> FindAsync(string eventId, CancellationToken cancellationToken) =>
        PrefixedId.TryParse(eventId, "event", out var id)
            ? await replica.WaitForAsync(id, async ct => EventReplica.Read(await table.GetAsync(Keys.Event(eventId), Consistency.Strong, ct)), cancellationToken)
            : null;

    /// <summary>Those of the events that are known, by id; at most <see cref="TableLimits.BatchGetKeys"/> a read.</summary>
    public async ValueTask<IReadOnlyDictionary<string, KnownEvent>> FindManyAsync(IEnumerable<string> eventIds, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, KnownEvent>(StringComparer.Ordinal);
        foreach (var batch in eventIds.Distinct(StringComparer.Ordinal).Chunk(TableLimits.BatchGetKeys))
        {
            foreach (var item in await table.GetManyAsync([.. batch.Select(Keys.Event)], Consistency.Eventual, cancellationToken))
            {
                if (EventReplica.Read(item) is { } known)
                    found[known.EventId] = known;
            }
        }

        return found;
    }
}
