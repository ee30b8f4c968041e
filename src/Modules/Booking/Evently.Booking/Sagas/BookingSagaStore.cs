using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;

namespace Evently.Booking.Sagas;

/// <summary>
/// One item a holding: a JSON document, and the state beside it for people who look at the table. A document that would not fit into one write unit (1 KB) beside
/// its keys is compressed; most of it are ids and times, and it shrinks by half.
/// </summary>
internal sealed class BookingSagaStore : ISagaStore<BookingSaga>
{
    /// <summary>How long the books are kept once money moved.</summary>
    private static readonly TimeSpan KeepPaid = TimeSpan.FromDays(400);

    /// <summary>Longer than any message about the hold can be redelivered.</summary>
    private static readonly TimeSpan KeepUnpaid = TimeSpan.FromDays(7);

    private const string State = "state";
    private const string Document = "doc";
    private const string Packed = "packed";

    /// <summary>What keys, state, version, due index and time to live leave of 1,024 bytes.</summary>
    private const int ReadableBytes = 760;

    /// <summary>Bound of what is unpacked; a saga's lists are bounded far below.</summary>
    private const int LongestDocument = 256 * 1024;

    private const int BrotliQuality = 4;
    private const int BrotliWindow = 16;

    public ItemKey KeyOf(Guid correlationId) => Keys.Saga(Ulid.FromGuid(correlationId));

    public Guid CorrelationIdOf(ItemKey key) => Keys.HoldingOf(key).ToGuid();

    public Dictionary<string, Value> Write(BookingSaga saga)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(saga, BookingSagaJson.Default.BookingSaga);
        return new Dictionary<string, Value>(StringComparer.Ordinal)
        {
            [State] = saga.State,
            [json.Length <= ReadableBytes ? Document : Packed] = json.Length <= ReadableBytes ? Encoding.UTF8.GetString(json) : Pack(json),
        };
    }

    public BookingSaga Read(Item item) =>
        (item.Has(Packed)
            ? JsonSerializer.Deserialize(Unpack(item[Packed].Binary.Span), BookingSagaJson.Default.BookingSaga)
            : JsonSerializer.Deserialize(item[Document].String, BookingSagaJson.Default.BookingSaga))
        ?? throw new InvalidOperationException($"{item.Key} holds no booking.");

    public DateTimeOffset? DueAt(BookingSaga saga) => saga.DueAt;

    public DateTimeOffset? ExpiresAt(BookingSaga saga) => saga.IsTerminal ? saga.Since + (saga.HasBooking ? KeepPaid : KeepUnpaid) : null;

    public object DueMessage(Guid correlationId, DateTimeOffset dueAt) => new BookingDue(correlationId, dueAt);

    public string GroupOf(BookingSaga saga) => saga.EventId;

    private static byte[] Pack(byte[] json)
    {
        var packed = new byte[BrotliEncoder.GetMaxCompressedLength(json.Length)];
        return BrotliEncoder.TryCompress(json, packed, out var written, BrotliQuality, BrotliWindow)
            ? packed[..written]
            : throw new InvalidOperationException("The buffer has the largest length that compression can need.");
    }

    private static ReadOnlySpan<byte> Unpack(ReadOnlySpan<byte> packed)
    {
        for (var length = 4 * ReadableBytes; length <= LongestDocument; length *= 2)
        {
            var json = new byte[length];
            if (BrotliDecoder.TryDecompress(packed, json, out var written))
                return json.AsSpan(0, written);
        }

        throw new InvalidDataException("A saga's document can't be unpacked.");
    }
}

[JsonSourceGenerationOptions(
    IgnoreReadOnlyProperties = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(BookingSaga))]
internal sealed partial class BookingSagaJson : JsonSerializerContext;
