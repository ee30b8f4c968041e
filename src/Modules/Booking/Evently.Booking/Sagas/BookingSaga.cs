using Evently.Shared.Ids;
using Evently.Shared.Messaging;

namespace Evently.Booking.Sagas;

/// <summary>
/// One holding from its first second to its end: the row that the state machine works on. Its correlation id is the holding's id,
/// so <c>holding-X</c> and <c>booking-X</c> are the same instance.
/// </summary>
internal sealed class BookingSaga : IVersionedSaga
{
    public Guid CorrelationId { get; set; }

    public int Version { get; set; }

    /// <summary>Name of the state; see <c>BookingStateMachine</c>.</summary>
    public string State { get; set; } = "Held";

    public required string EventId { get; set; }

    public required string EventName { get; set; }

    public required string UserId { get; set; }

    /// <summary>Who placed the hold; differs from <see cref="UserId"/> when staff acted for the user.</summary>
    public required string PlacedBy { get; set; }

    /// <summary>Seats with the prices that were valid when they were held.</summary>
    public required List<SagaSeat> Seats { get; set; }

    /// <summary>Minor units.</summary>
    public required long Total { get; set; }

    public required string Currency { get; set; }

    public required DateTimeOffset HeldAt { get; set; }

    /// <summary>Until when the ledger keeps the seats for this holding.</summary>
    public required DateTimeOffset ExpiresAt { get; set; }

    /// <summary>When the instance wants to be woken; null in a terminal state and while confirmed.</summary>
    public DateTimeOffset? DueAt { get; set; }

    /// <summary>Since when the instance is in its state.</summary>
    public DateTimeOffset Since { get; set; }

    public Ulid Holding => Ulid.FromGuid(CorrelationId);

    public string HoldingId => PrefixedId.Format("holding", Holding);

    public string BookingId => PrefixedId.Format("booking", Holding);

    public IReadOnlyList<string> Positions => Seats.ConvertAll(seat => seat.Position);
}

/// <param name="Price">Minor units.</param>
internal sealed record SagaSeat(string Position, string SeatType, long Price);
