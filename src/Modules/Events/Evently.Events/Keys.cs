using System.Globalization;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Events;

/// <summary>Every key of the module.</summary>
internal static class Keys
{
    /// <summary>Events spread over so many partitions, so that rebuilding an index is no single partition's load. Never change it.</summary>
    public const int Shards = 16;

    /// <summary>Recent changes of all events, in the order of their ids; what other instances follow.</summary>
    public const string Feed = EventsModule.Prefix + "FEED";

    public static ItemKey Event(Ulid id) => new(EventPartition((int)(id.Bits % Shards)), PrefixedId.Format(EventsModule.IdPrefix, id));

    public static string EventPartition(int shard) => EventsModule.Prefix + "EVENT#" + shard.ToString("D2", CultureInfo.InvariantCulture);

    public static ItemKey FeedEntry(Ulid change) => new(Feed, change.ToString());

    /// <summary>Entries whose ids were made at <paramref name="since"/> or later.</summary>
    public static SortRange FeedSince(DateTimeOffset since) => SortRange.AtLeast(Ulid.FirstAt(since).ToString());

    /// <summary>The answer to a question for a seat plan, until its asker took it.</summary>
    public static ItemKey SeatPlanAnswer(string eventId) => new($"{EventsModule.Prefix}ANSWER#{eventId}", "ANSWER");
}
