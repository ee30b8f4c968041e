using System.Globalization;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Booking;

/// <summary>Every key that Booking's catalog, ledger and holds use; all begin with <see cref="BookingModule.KeyPrefix"/>.</summary>
internal static class Keys
{
    public const string PlanPartPrefix = "PLAN#";

    /// <summary>Booking's replica of one event: <see cref="EventTerms"/> and the parts of its plan.</summary>
    public static string EventPartition(Ulid eventId) => $"BOOKING#EVENT#{eventId}";

    public static ItemKey EventTerms(Ulid eventId) => new(EventPartition(eventId), "META");

    public static ItemKey PlanPart(Ulid eventId, int part) => new(EventPartition(eventId), PlanPartPrefix + part.ToString("D5", CultureInfo.InvariantCulture));

    /// <summary>A part of an event's ledger of at most <see cref="Catalog.SeatPlan.PartitionSeats"/> seats.</summary>
    public static string LedgerPartition(Ulid eventId, int partition) => string.Create(CultureInfo.InvariantCulture, $"BOOKING#L#{eventId}#{partition}");

    /// <summary>What Booking keeps of a user. The id is the token's subject and need not be one of ours.</summary>
    public static string UserPartition(string userId) => $"BOOKING#USER#{userId}";

    public static ItemKey User(string userId) => new(UserPartition(userId), "META");

    /// <summary>The user's holdings of one event.</summary>
    public static ItemKey UserHoldings(string userId, Ulid eventId) => new(UserPartition(userId), $"{UserHoldingsPrefix}{eventId}");

    public const string UserHoldingsPrefix = "EVENT#";
}
