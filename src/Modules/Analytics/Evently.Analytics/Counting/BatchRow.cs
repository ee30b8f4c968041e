using System.Text.Json;
using Evently.Booking.Contracts;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Analytics.Counting;

/// <summary>
/// Bookings of one event that are being counted together, written before the first of them is and removed when all are. Its bookings are known by their places.
/// </summary>
internal sealed class BatchRow(Ulid id, IReadOnlyList<BookingConfirmed> bookings)
{
    private const string Packed = "packed";

    public Ulid Id { get; } = id;

    public IReadOnlyList<BookingConfirmed> Bookings { get; } = bookings;

    public string EventId => Bookings[0].EventId;

    public ItemKey Key => Keys.Batch(Id);

    /// <summary>The counter item that the whole batch is added to.</summary>
    public ItemKey CountsKey => Keys.Counts(EventId, Keys.CountShardOf(Id.ToString()));

    public Write Insert() => Write.Put(
        Key,
        new Dictionary<string, Value>(StringComparer.Ordinal)
        {
            [Packed] = PackedBytes.Pack(JsonSerializer.SerializeToUtf8Bytes(Bookings, StoredJson.Default.IReadOnlyListBookingConfirmed)),
        },
        Condition.ItemAbsent);

    public Write Delete() => Write.Delete(Key, Condition.Always);

    public static BatchRow Read(Item item)
    {
        using var json = PackedBytes.Open(item[Packed].Binary);
        return new BatchRow(
            Ulid.TryParse(item.Key.Sort, out var id) ? id : throw new FormatException($"{item.Key} is no batch."),
            JsonSerializer.Deserialize(json, StoredJson.Default.IReadOnlyListBookingConfirmed) ?? throw new FormatException($"{item.Key} is empty."));
    }
}
