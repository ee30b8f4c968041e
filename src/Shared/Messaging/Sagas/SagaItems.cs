using System.Globalization;
using Evently.Shared.Messaging.Outbox;
using Evently.Shared.Storage;

namespace Evently.Shared.Messaging.Sagas;

/// <summary>
/// A saga instance as an item: the store's attributes plus version, due index and time to live. The due index of a module is
/// <c>{PREFIX}DUE#{shard}</c>, sorted by due time in fixed-width Unix milliseconds, then by id.
/// </summary>
/// <param name="areIndexed">See <see cref="ISagaGuard{TSaga}.AreIndexed"/>.</param>
internal sealed class SagaItems<TSaga>(string keyPrefix, ISagaStore<TSaga> store, bool areIndexed)
    where TSaga : class, IVersionedSaga
{
    public const int DueShards = 4;
    private const string Version = "v";

    /// <summary>How many messages the item keeps.</summary>
    private const string Unsent = "out";

    public ISagaStore<TSaga> Store { get; } = store;

    public ItemKey KeyOf(Guid correlationId) => Store.KeyOf(correlationId);

    public TSaga Read(Item item)
    {
        var saga = Store.Read(item);
        saga.Version = checked((int)item[Version].Number);
        return saga;
    }

    public Write.PutWrite Insert(TSaga saga)
    {
        saga.Version = 1;
        return new Write.PutWrite(KeyOf(saga.CorrelationId), Attributes(saga, []), Condition.ItemAbsent);
    }

    /// <summary>The save of an instance that was read as <paramref name="read"/>; null when nothing about it changed.</summary>
    /// <param name="unsent">The messages that the item is to keep.</param>
    public Write.PutWrite? Save(TSaga saga, Item read, bool evenIfUnchanged, IReadOnlyList<OutgoingMessage> unsent)
    {
        var version = read[Version];
        saga.Version = checked((int)version.Number);
        if (!evenIfUnchanged && SameAs(Attributes(saga, UnsentOf(read)), read))
            return null;
        var attributes = Attributes(saga, unsent);
        saga.Version++;
        attributes[Version] = saga.Version;
        return new Write.PutWrite(read.Key, attributes, Condition.Equal(Version, version));
    }

    /// <summary>The messages that the item keeps: its last step's, sent or not.</summary>
    public IReadOnlyList<OutgoingMessage> UnsentOf(Item read) => read.Has(Unsent) ? KeptMessages.Read(Store.ReadUnsent(read)) : [];

    public static bool KeepsMessages(Item read) => read.Has(Unsent);

    /// <summary>Puts an instance that waits into the due index, as it was read.</summary>
    public Write IntoIndex(Item read, DateTimeOffset dueAt)
    {
        var id = Store.CorrelationIdOf(read.Key);
        return Write.Update(
            read.Key,
            [Change.Set(WellKnown.IndexPartition, DuePartition(ShardOf(id))), Change.Set(WellKnown.IndexSort, DuePlace(dueAt, id))],
            read.Has(Version) ? Condition.Equal(Version, read[Version]) : Condition.ItemExists);
    }

    public string DuePartition(int shard) => string.Create(CultureInfo.InvariantCulture, $"{keyPrefix}DUE#{shard}");

    /// <summary>Range of everything due at or before the given time.</summary>
    public static SortRange DueBy(DateTimeOffset time) => SortRange.AtMost(DueTime(time) + "~");

    /// <summary>Whether the text is an entry's place in the due index: due time, '#', id.</summary>
    public static bool IsDuePlace(string place) =>
        place.Length == DueTimeDigits + 1 + GuidDigits && place[DueTimeDigits] == '#'
        && place.AsSpan(0, DueTimeDigits).IndexOfAnyExceptInRange('0', '9') < 0
        && Guid.TryParseExact(place.AsSpan(DueTimeDigits + 1), "N", out var id) && place.EndsWith(id.ToString("N"), StringComparison.Ordinal);

    /// <summary>Where <see cref="IsDuePlace"/>.</summary>
    public IndexEntry EntryOf(string place) => new(KeyOf(Guid.ParseExact(place.AsSpan(DueTimeDigits + 1), "N")), place);

    public static DateTimeOffset DueTimeOf(IndexEntry entry) =>
        DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(entry.IndexSort.AsSpan(0, DueTimeDigits), CultureInfo.InvariantCulture));

    private const int DueTimeDigits = 15;
    private const int GuidDigits = 32;

    private static string DueTime(DateTimeOffset time) => time.ToUnixTimeMilliseconds().ToString("D15", CultureInfo.InvariantCulture);

    private static string DuePlace(DateTimeOffset time, Guid id) => $"{DueTime(time)}#{id:N}";

    private static bool SameAs(Dictionary<string, Value> attributes, Item read)
    {
        if (attributes.Count != read.Attributes.Count)
            return false;
        foreach (var (name, value) in attributes)
        {
            if (value != read[name])
                return false;
        }

        return true;
    }

    private Dictionary<string, Value> Attributes(TSaga saga, IReadOnlyList<OutgoingMessage> unsent)
    {
        var attributes = unsent.Count == 0 ? Store.Write(saga) : Store.Write(saga, KeptMessages.Write(unsent));
        if (unsent.Count > 0)
            attributes[Unsent] = unsent.Count;
        attributes[Version] = saga.Version;
        if (areIndexed && Store.DueAt(saga) is { } dueAt)
        {
            attributes[WellKnown.IndexPartition] = DuePartition(ShardOf(saga.CorrelationId));
            attributes[WellKnown.IndexSort] = DuePlace(dueAt, saga.CorrelationId);
        }

        if (Store.ExpiresAt(saga) is { } expiresAt)
            attributes[WellKnown.TimeToLive] = expiresAt.ToUnixTimeSeconds();
        return attributes;
    }

    private static int ShardOf(Guid correlationId)
    {
        Span<byte> bytes = stackalloc byte[16];
        correlationId.TryWriteBytes(bytes, bigEndian: true, out _);
        return bytes[15] % DueShards;
    }
}
