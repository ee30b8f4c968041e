using System.Text.Json.Serialization;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;

namespace Evently.Booking.Sagas;

/// <summary>
/// One holding from its first second to its end: the row that the state machine works on. Its correlation id is the holding's id,
/// so <c>holding-X</c> and <c>booking-X</c> are the same instance. What happens to it is decided in <c>BookingSaga.Decisions.cs</c>.
/// </summary>
internal sealed partial class BookingSaga : IVersionedSaga
{
    public const string HoldingPrefix = "holding";
    public const string BookingPrefix = "booking";

    public Guid CorrelationId { get; set; }

    /// <summary>Kept beside the document, so that saving what has not changed changes nothing.</summary>
    [JsonIgnore]
    public int Version { get; set; }

    /// <summary>Name of the state; see <see cref="BookingStateMachine"/>.</summary>
    public string State { get; set; } = nameof(BookingStateMachine.Held);

    public required string EventId { get; set; }

    public required string EventName { get; set; }

    public required string UserId { get; set; }

    /// <summary>Who placed the hold; differs from <see cref="UserId"/> when staff acted for the user.</summary>
    public required string PlacedBy { get; set; }

    /// <summary>Seats with the prices that were valid when they were held.</summary>
    public required List<SagaSeat> Seats { get; set; }

    /// <summary>Minor units. Not required: documents of the first version leave out a 0.</summary>
    public long Total { get; set; }

    public required string Currency { get; set; }

    public required DateTimeOffset HeldAt { get; set; }

    /// <summary>Until when the seats are kept for this holding, as its user was told.</summary>
    public required DateTimeOffset ExpiresAt { get; set; }

    /// <summary>Until when the ledger keeps the seats because a payment is under way; null when that is <see cref="ExpiresAt"/>.</summary>
    public DateTimeOffset? ProtectedUntil { get; set; }

    /// <summary>When the instance wants to be woken; null in a terminal state and while confirmed.</summary>
    public DateTimeOffset? DueAt { get; set; }

    /// <summary>Since when the instance is in its state.</summary>
    public DateTimeOffset Since { get; set; }

    /// <summary>Oldest first; at most <see cref="PaymentTiming.MaxAttempts"/>. Only the last can be open.</summary>
    public List<PaymentAttempt> Attempts { get; set; } = [];

    /// <summary>From when on a charge that the gateway does not know counts as never made; set when the seats were given up.</summary>
    public DateTimeOffset? SettleBy { get; set; }

    public RefundRecord? Refund { get; set; }

    /// <summary>The holding ended, or will end, because its event was cancelled: whatever is captured goes back.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool EventWithdrawn { get; set; }

    public DateTimeOffset? ConfirmedAt { get; set; }

    /// <summary>When the hold ended without a booking; its <c>HoldEnded</c> went out then.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>When the confirmed booking was cancelled.</summary>
    public DateTimeOffset? CancelledAt { get; set; }

    public string? CancelledByRequest { get; set; }

    public List<TimelineEntry> Timeline { get; set; } = [];

    public Ulid Holding => Ulid.FromGuid(CorrelationId);

    public string HoldingId => PrefixedId.Format(HoldingPrefix, Holding);

    public string BookingId => PrefixedId.Format(BookingPrefix, Holding);

    public IReadOnlyList<string> Positions => Seats.ConvertAll(seat => seat.Position);

    /// <summary>Until when the ledger keeps the seats.</summary>
    public DateTimeOffset SeatsUntil => ProtectedUntil is { } until && until > ExpiresAt ? until : ExpiresAt;

    /// <summary>The attempt that a payment's outcome is awaited of, or the last one that had an outcome.</summary>
    public PaymentAttempt? CurrentAttempt => Attempts.Count == 0 ? null : Attempts[^1];

    /// <summary>The attempt that was paid; at most one.</summary>
    public PaymentAttempt? CapturedAttempt => Attempts.Find(attempt => attempt.Outcome == AttemptOutcome.Captured);

    /// <summary>Nothing is to be paid, and no gateway is asked.</summary>
    public bool IsFree => Total == 0;

    /// <summary>A booking exists for clients from the first confirm on.</summary>
    public bool HasBooking => Attempts.Count > 0 || ConfirmedAt is not null;

    public bool IsTerminal => State is nameof(BookingStateMachine.Expired) or nameof(BookingStateMachine.Cancelled)
        or nameof(BookingStateMachine.Refunded) or nameof(BookingStateMachine.Failed);
}

/// <param name="Price">Minor units.</param>
internal sealed record SagaSeat(string Position, string SeatType, long Price);
