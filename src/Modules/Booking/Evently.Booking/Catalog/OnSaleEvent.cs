using Evently.Shared.Ids;

namespace Evently.Booking.Catalog;

/// <summary>What Booking keeps of an event: its terms of sale and its seat plan. The plan never changes.</summary>
/// <param name="Prices">Of a hold that is placed now: each seat type's in minor units of <paramref name="Currency"/>.</param>
/// <param name="StartTime">Null when an earlier version of Evently did not keep it.</param>
/// <param name="SalesCloseAt">From then on nothing is sold; null when it is not known.</param>
/// <param name="MaxSeatsPerUser">Seats that one person may hold and have booked in all; null for no limit.</param>
internal sealed record OnSaleEvent(
    string EventId,
    string OrganizerId,
    string Name,
    string Currency,
    IReadOnlyDictionary<string, long> Prices,
    DateTimeOffset? SalesOpenAt,
    TimeSpan HoldDuration,
    int MaxSeatsPerBooking,
    bool IsCancelled,
    SeatPlan Plan,
    DateTimeOffset? StartTime = null,
    DateTimeOffset? SalesCloseAt = null,
    int? MaxSeatsPerUser = null)
{
    public const string IdPrefix = "event";

    public Ulid Id { get; } = PrefixedId.TryParse(EventId, IdPrefix, out var ulid) ? ulid : throw new ArgumentException($"'{EventId}' is no event's id.", nameof(EventId));
}
