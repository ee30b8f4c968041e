using System.Runtime.CompilerServices;
using System.Text.Json;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Events;

/// <summary>Events in the table, and the feed by which other instances learn of changes.</summary>
internal sealed class EventStore(ModuleTable<EventsModule> table, UnreadableItems unreadable, IdGenerator ids, TimeProvider time)
{
    /// <summary>How long a change stays in the feed. An instance that was cut off for longer reads everything again.</summary>
    public static readonly TimeSpan FeedRetention = TimeSpan.FromHours(1);

    public static readonly ProblemResult NotFound = Problems.NotFound("event_not_found", "There is no such event.");

    private const string Document = "doc";
    private const string Revision = "revision";
    private const string EventId = "event_id";
    private const int LoadPageItems = 500;

    /// <summary>Strongly consistent, so that an event is usable at once; null when there is none.</summary>
    public async ValueTask<Event?> FindAsync(string eventId, CancellationToken cancellationToken)
    {
        if (!PrefixedId.TryParse(eventId, EventsModule.IdPrefix, out var id))
            return null;
        var item = await table.GetAsync(Keys.Event(id), Consistency.Strong, cancellationToken);
        return item is null ? null : unreadable.Read(item, Read);
    }

    /// <summary>In any order; those that do not exist, and those that can't be read, are left out.</summary>
    public async ValueTask<List<Event>> FindManyAsync(IReadOnlyCollection<string> eventIds, CancellationToken cancellationToken)
    {
        var found = new List<Event>(eventIds.Count);
        foreach (var batch in eventIds.Chunk(TableLimits.BatchGetKeys))
        {
            var items = await table.GetManyAsync(Array.ConvertAll(batch, KeyOf), Consistency.Strong, cancellationToken);
            found.AddRange(items.OfType<Item>().Select(item => unreadable.TryRead(item, Read)).OfType<Event>());
        }

        return found;
    }

    /// <summary>Every event that can be read, page by page.</summary>
    public async IAsyncEnumerable<List<Event>> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var shard = 0; shard < Keys.Shards; shard++)
        {
            string? after = null;
            do
            {
                var page = await table.QueryAsync(new Query(Keys.EventPartition(shard), SortRange.All, Consistency.Eventual, LoadPageItems, After: after), cancellationToken);
                yield return page.Items.Select(item => unreadable.TryRead(item, Read)).OfType<Event>().ToList();
                after = page.Next;
            }
            while (after is not null);
        }
    }

    /// <summary>What changed since, as event and revision; possibly twice.</summary>
    public async IAsyncEnumerable<(string EventId, int Revision)> ReadFeedAsync(DateTimeOffset since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in table.ScanPartitionAsync(Keys.Feed, Keys.FeedSince(since), Consistency.Eventual, cancellationToken))
            yield return (item[EventId].String, (int)item[Revision].Number);
    }

    /// <summary>The writes of one new revision of an event; refused when somebody else wrote that revision first.</summary>
    public IReadOnlyList<Write> Writes(Event @event)
    {
        var attributes = new Dictionary<string, Value>(StringComparer.Ordinal)
        {
            [Document] = JsonSerializer.SerializeToUtf8Bytes(@event, EventsJson.Default.Event),
            [Revision] = @event.Revision,
        };
        var change = new Dictionary<string, Value>(StringComparer.Ordinal)
        {
            [EventId] = @event.EventId,
            [Revision] = @event.Revision,
            [WellKnown.TimeToLive] = (time.GetUtcNow() + FeedRetention).ToUnixTimeSeconds(),
        };
        var follows = @event.Revision == 1 ? Condition.ItemAbsent : Condition.Equal(Revision, @event.Revision - 1);
        return [Write.Put(KeyOf(@event.EventId), attributes, follows), Write.Put(Keys.FeedEntry(ids.Next()), change, Condition.ItemAbsent)];
    }

    private static ItemKey KeyOf(string eventId) => PrefixedId.TryParse(eventId, EventsModule.IdPrefix, out var id)
        ? Keys.Event(id)
        : throw new ArgumentException($"'{eventId}' is not an event's id.", nameof(eventId));

    private static Event Read(Item item) =>
        JsonSerializer.Deserialize(item[Document].Binary.Span, EventsJson.Default.Event) ?? throw new InvalidDataException($"{item.Key} is empty.");
}
