using System.Globalization;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Booking;

/// <summary>Every key that Booking uses; all begin with <see cref="BookingModule.KeyPrefix"/>.</summary>
internal static class Keys
{
    public const string PlanPartPrefix = "PLAN#";

    /// <summary>Booking's replica of one event: <see cref="EventTerms"/> and the parts of its plan.</summary>
    public static string EventPartition(Ulid eventId) => $"BOOKING#EVENT#{eventId}";

    public static ItemKey EventTerms(Ulid eventId) => new(EventPartition(eventId), "META");

    /// <summary>The event is a draft, and so not late but absent.</summary>
    public static ItemKey EventDraft(Ulid eventId) => new(EventPartition(eventId), "DRAFT");

    public static ItemKey PlanPart(Ulid eventId, int part) => new(EventPartition(eventId), PlanPartPrefix + part.ToString("D5", CultureInfo.InvariantCulture));

    /// <summary>A part of an event's ledger of at most <see cref="Catalog.SeatPlan.PartitionSeats"/> seats.</summary>
    public static string LedgerPartition(Ulid eventId, int partition) => string.Create(CultureInfo.InvariantCulture, $"BOOKING#L#{eventId}#{partition}");

    /// <summary>What Booking keeps of a user. The id is the token's subject and need not be one of ours.</summary>
    public static string UserPartition(string userId) => $"BOOKING#USER#{userId}";

    public static ItemKey User(string userId) => new(UserPartition(userId), "META");

    /// <summary>The user's holdings of one event.</summary>
    public static ItemKey UserHoldings(string userId, Ulid eventId) => new(UserPartition(userId), $"{UserHoldingsPrefix}{eventId}");

    public const string UserHoldingsPrefix = "EVENT#";

    private const string SagaPrefix = "BOOKING#SAGA#";

    /// <summary>An event's bookings are spread over this many lists, so that a hot sale does not heat one partition.</summary>
    public const int EventListShards = 8;

    public static ItemKey Saga(Ulid holding) => new($"{SagaPrefix}{holding}", "SAGA");

    public static Ulid HoldingOf(ItemKey saga) => Ulid.TryParse(saga.Partition.AsSpan(SagaPrefix.Length), out var holding)
        ? holding
        : throw new ArgumentException($"'{saga}' is no saga's key.", nameof(saga));

    public static string EventList(string eventId, int shard) => string.Create(CultureInfo.InvariantCulture, $"BOOKING#EVENTLIST#{eventId}#{shard}");

    /// <summary>Says that the event has a booking of this holding.</summary>
    public static ItemKey EventListEntry(string eventId, Ulid holding) => new(EventList(eventId, (int)(uint)(holding.Bits % EventListShards)), holding.ToString());

    /// <summary>In the index: the entries of all events that are the user's, by holding.</summary>
    public static string BookingsOfUser(string userId) => $"BOOKING#USERLIST#{userId}";

    /// <summary>Events whose last tally told of held seats.</summary>
    public const string ToldHeldEvents = "BOOKING#TOLDHELD";

    public static ItemKey ToldHeld(string eventId) => new(ToldHeldEvents, eventId);

    /// <summary>The simulated gateway's own record of one booking, charges and refunds by their idempotency keys.</summary>
    public static string Simulator(string reference) => $"BOOKING#SIMULATOR#{reference}";

    public static ItemKey SimulatedPayment(string reference, string idempotencyKey) => new(Simulator(reference), idempotencyKey);
}
