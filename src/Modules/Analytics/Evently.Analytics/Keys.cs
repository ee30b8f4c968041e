using System.Globalization;
using Evently.Analytics.Rollups;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Analytics;

/// <summary>Every key of the module.</summary>
internal static class Keys
{
    /// <summary>Counter items an event has: DynamoDB takes some 500 transactional writes a second on one item, so an event takes some 4,000.</summary>
    public const int CountShards = 8;

    /// <summary>Partitions of the batches that are being counted.</summary>
    public const int BatchShards = 4;

    /// <summary>Partitions that an event's seats are spread over, each good for some 500 bookings a second.</summary>
    public const int SeatShards = 4;

    /// <summary>Partitions of the index of what the rollup has to visit.</summary>
    public const int PendingShards = 4;

    /// <summary>Light rows of all events, an organizer's next to each other: what the list of events is sorted by.</summary>
    public const string ListedEvents = "ANALYTICS#EVENTS";

    private const string EventPrefix = "ANALYTICS#EVENT#";
    private const string CountsPrefix = "ANALYTICS#COUNTS#";

    /// <summary>Name, prices and times of an event, as Events told them.</summary>
    public static ItemKey Event(string eventId) => new(EventPrefix + eventId, "EVENT");

    /// <summary>The latest tally of what is held.</summary>
    public static ItemKey Held(string eventId) => new(EventPrefix + eventId, "HELD");

    public static string Plan(string eventId) => $"ANALYTICS#PLAN#{eventId}";

    public static ItemKey PlanPart(string eventId, int part) => new(Plan(eventId), part.ToString("D5", CultureInfo.InvariantCulture));

    public static ItemKey Counts(string eventId, int shard) => new(string.Create(CultureInfo.InvariantCulture, $"{CountsPrefix}{eventId}#{shard}"), "COUNTS");

    public static IReadOnlyList<ItemKey> AllCounts(string eventId) => [.. Enumerable.Range(0, CountShards).Select(shard => Counts(eventId, shard))];

    public static int CountShardOf(string source) => Shard(source, CountShards);

    /// <summary>Marks that a tally's refusals were counted.</summary>
    public static ItemKey CountedTally(string eventId, string instance, long sequence) =>
        new($"ANALYTICS#TALLIES#{eventId}", string.Create(CultureInfo.InvariantCulture, $"{instance}#{sequence:D19}"));

    public static ItemKey Batch(Ulid batch) => new(Batches((int)(batch.Bits % BatchShards)), batch.ToString());

    public static string Batches(int shard) => string.Create(CultureInfo.InvariantCulture, $"ANALYTICS#BATCH#{shard}");

    public static string Seats(string eventId, int shard) => string.Create(CultureInfo.InvariantCulture, $"ANALYTICS#SEATS#{eventId}#{shard}");

    /// <param name="row">Section and row as a seat's position spells them (<c>STALLS/A</c>).</param>
    public static ItemKey SeatBlock(string eventId, string row, int block) =>
        new(Seats(eventId, Shard(row, SeatShards)), string.Create(CultureInfo.InvariantCulture, $"{row}#{block:D4}"));

    public static string Timeline(string eventId) => $"ANALYTICS#TIMELINE#{eventId}";

    public static string TimelineSort(Granularity granularity, string span) => granularity switch
    {
        Granularity.Minute => "MINUTES#" + span,
        Granularity.Hour => "HOURS#" + span,
        Granularity.Day => "DAYS#" + span,
        _ => throw new ArgumentOutOfRangeException(nameof(granularity)),
    };

    public static string UserPartition(string userId) => $"ANALYTICS#USER#{userId}";

    public static ItemKey User(string userId) => new(UserPartition(userId), "USER");

    public static readonly SortRange UserHoldings = SortRange.BeginsWith("HOLDING#");

    /// <summary>The facts of one holding and its booking, whose ids share their suffix.</summary>
    public static ItemKey Holding(string userId, string holdingOrBookingId) =>
        new(UserPartition(userId), "HOLDING#" + holdingOrBookingId[(holdingOrBookingId.IndexOf('-', StringComparison.Ordinal) + 1)..]);

    public static ItemKey ListedEvent(string organizerId, string eventId) => new(ListedEvents, $"{organizerId}#{eventId}");

    public static SortRange ListedEventsOf(string organizerId) => SortRange.BeginsWith(organizerId + "#");

    public static string EventOfListed(ItemKey key) => key.Sort[(key.Sort.LastIndexOf('#') + 1)..];

    public static readonly ItemKey RollupLease = new("ANALYTICS#LEASE", "ROLLUP");

    /// <summary>Index partition of the items that the rollup has not dealt with since they changed.</summary>
    public static string PendingOf(string eventId) => Pending(Shard(eventId, PendingShards));

    public static string Pending(int shard) => string.Create(CultureInfo.InvariantCulture, $"ANALYTICS#PENDING#{shard}");

    /// <summary>Orders what is pending by the age of its oldest fact.</summary>
    public static string PendingSort(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture);

    /// <summary>The event whose replica or counter item this is.</summary>
    public static string EventOfPending(ItemKey key) =>
        key.Partition.StartsWith(CountsPrefix, StringComparison.Ordinal)
            ? key.Partition[CountsPrefix.Length..key.Partition.LastIndexOf('#')]
            : key.Partition[EventPrefix.Length..];

    // FNV-1a: the same in every process, unlike string.GetHashCode.
    private static int Shard(string text, int shards)
    {
        var hash = 2_166_136_261u;
        foreach (var character in text)
            hash = unchecked((hash ^ character) * 16_777_619u);
        return (int)(hash % (uint)shards);
    }
}
