using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;

namespace Evently.Booking.Sagas;

/// <summary>
/// One item a holding: a JSON document, and the state beside it for people who look at the table. Where writes are paid by size, a document that would not fit into one unit (1 KB)
/// beside its keys is compressed; most of it are ids and times, and it shrinks by half.
/// </summary>
internal sealed class BookingSagaStore(ModuleTable<BookingModule> table) : ISagaStore<BookingSaga>
{
    /// <summary>How long the books are kept once money moved.</summary>
    private static readonly TimeSpan KeepPaid = TimeSpan.FromDays(400);

    /// <summary>Longer than any message about the hold can be redelivered.</summary>
    private static readonly TimeSpan KeepUnpaid = TimeSpan.FromDays(7);

    private const string State = "state";
    private const string Document = "doc";
    private const string Packed = "packed";

    /// <summary>Beside the saga's own members, and compressed with them: most of a message are the ids that are there already.</summary>
    private const string Unsent = "unsent";

    private static ReadOnlySpan<byte> UnsentMember => ",\"unsent\":"u8;

    /// <summary>What keys, state, version, due index and time to live leave of 1,024 bytes.</summary>
    private const int ReadableBytes = 760;

    public ItemKey KeyOf(Guid correlationId) => Keys.Saga(Ulid.FromGuid(correlationId));

    public Guid CorrelationIdOf(ItemKey key) => Keys.HoldingOf(key).ToGuid();

    public Dictionary<string, Value> Write(BookingSaga saga, ReadOnlyMemory<byte> unsent = default)
    {
        var attributes = new Dictionary<string, Value>(StringComparer.Ordinal) { [State] = saga.State };
        var json = JsonSerializer.SerializeToUtf8Bytes(saga, BookingSagaJson.Default.BookingSaga);
        if (!unsent.IsEmpty)
            json = [.. json.AsSpan(0, json.Length - 1), .. UnsentMember, .. unsent.Span, (byte)'}'];
        if (!table.IsMetered || json.Length <= ReadableBytes)
            attributes[Document] = Value.OfUtf8(json);
        else
            attributes[Packed] = PackedBytes.Pack(json);
        return attributes;
    }

    public BookingSaga Read(Item item) =>
        (item.Has(Packed) ? Unpack(item[Packed].Binary) : JsonSerializer.Deserialize(item[Document].Utf8.Span, BookingSagaJson.Default.BookingSaga))
        ?? throw new InvalidOperationException($"{item.Key} holds no booking.");

    public ReadOnlyMemory<byte> ReadUnsent(Item item)
    {
        using var packed = item.Has(Packed) ? PackedBytes.Open(item[Packed].Binary) : new MemoryStream(item[Document].Utf8.ToArray(), writable: false);
        using var json = JsonDocument.Parse(packed);
        return json.RootElement.TryGetProperty(Unsent, out var unsent) ? JsonMarshal.GetRawUtf8Value(unsent).ToArray() : default;
    }

    public DateTimeOffset? DueAt(BookingSaga saga) => saga.DueAt;

    public DateTimeOffset? ExpiresAt(BookingSaga saga) => saga.IsTerminal ? saga.Since + (saga.HasBooking ? KeepPaid : KeepUnpaid) : null;

    public object DueMessage(Guid correlationId, DateTimeOffset dueAt) => new BookingDue(correlationId, dueAt);

    public string GroupOf(BookingSaga saga) => saga.EventId;

    private static BookingSaga? Unpack(ReadOnlyMemory<byte> packed)
    {
        using var json = PackedBytes.Open(packed);
        return JsonSerializer.Deserialize(json, BookingSagaJson.Default.BookingSaga);
    }
}

// A member that is left out must be one that may be absent: a null, or one that names its default itself.
[JsonSourceGenerationOptions(
    IgnoreReadOnlyProperties = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(BookingSaga))]
internal sealed partial class BookingSagaJson : JsonSerializerContext;
