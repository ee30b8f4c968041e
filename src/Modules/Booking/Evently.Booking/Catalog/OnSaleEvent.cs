using Evently.Shared.Ids;

namespace Evently.Booking.Catalog;

/// <summary>What Booking keeps of an event: its terms of sale and its seat plan. The plan and the prices never change.</summary>
/// <param name="Prices">Price of each seat type in minor units of <paramref name="Currency"/>.</param>
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
    SeatPlan Plan)
{
    public const string IdPrefix = "event";

    public Ulid Id { get; } = PrefixedId.TryParse(EventId, IdPrefix, out var ulid) ? ulid : throw new ArgumentException($"'{EventId}' is no event's id.", nameof(EventId));
}
