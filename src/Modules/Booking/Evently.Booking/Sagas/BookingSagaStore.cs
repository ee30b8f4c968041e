using System.Text.Json;
using System.Text.Json.Serialization;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;

namespace Evently.Booking.Sagas;

/// <summary>One item a holding: a JSON document, and the state beside it for people who look at the table.</summary>
internal sealed class BookingSagaStore : ISagaStore<BookingSaga>
{
    /// <summary>How long the books are kept once money moved.</summary>
    private static readonly TimeSpan KeepPaid = TimeSpan.FromDays(400);

    /// <summary>Longer than any message about the hold can be redelivered.</summary>
    private static readonly TimeSpan KeepUnpaid = TimeSpan.FromDays(7);

    public ItemKey KeyOf(Guid correlationId) => Keys.Saga(Ulid.FromGuid(correlationId));

    public Guid CorrelationIdOf(ItemKey key) => Keys.HoldingOf(key).ToGuid();

    public Dictionary<string, Value> Write(BookingSaga saga) => new(StringComparer.Ordinal)
    {
        ["state"] = saga.State,
        ["doc"] = JsonSerializer.Serialize(saga, BookingSagaJson.Default.BookingSaga),
    };

    public BookingSaga Read(Item item) =>
        JsonSerializer.Deserialize(item["doc"].String, BookingSagaJson.Default.BookingSaga)
        ?? throw new InvalidOperationException($"{item.Key} holds no booking.");

    public DateTimeOffset? DueAt(BookingSaga saga) => saga.DueAt;

    public DateTimeOffset? ExpiresAt(BookingSaga saga) => saga.IsTerminal ? saga.Since + (saga.HasBooking ? KeepPaid : KeepUnpaid) : null;

    public object DueMessage(Guid correlationId, DateTimeOffset dueAt) => new BookingDue(correlationId, dueAt);

    public string GroupOf(BookingSaga saga) => saga.EventId;
}

[JsonSourceGenerationOptions(
    IgnoreReadOnlyProperties = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(BookingSaga))]
internal sealed partial class BookingSagaJson : JsonSerializerContext;
