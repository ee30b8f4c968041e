using Evently.Booking.Sagas;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Booking.Ledger;

/// <param name="Kind">Stable, snake_case.</param>
internal sealed record Discrepancy(string Kind, string SeatPos, string HoldingId, string Detail);

/// <summary>Compares what a holding has in the ledger with what its saga says. Pure; what is under way is given time to end.</summary>
internal static class LedgerAudit
{
    /// <summary>A step that began may take this long until both sides show it.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    /// <summary>Seats of an ended holding are given back at once, and again every few seconds.</summary>
    private static readonly TimeSpan ReleaseGrace = TimeSpan.FromSeconds(10);

    /// <summary>What the seats should be can't be told.</summary>
    public static Discrepancy Unreadable(Ulid holding, IReadOnlyList<SeatOwner> seats, ItemKey key) => new(
        "unreadable",
        seats.Count > 0 ? seats[0].Position : "",
        PrefixedId.Format(BookingSaga.HoldingPrefix, holding),
        $"What is stored of the holding ({key}) can't be read; it has {seats.Count} seats.");

    public static IEnumerable<Discrepancy> Compare(Ulid holding, IReadOnlyList<SeatOwner> seats, BookingSaga? saga, DateTimeOffset now)
    {
        if (saga is null)
        {
            foreach (var seat in seats)
            {
                if (seat.IsBooked)
                    yield return Of("booked_without_booking", seat, "The seat is booked, but there is no such booking.");
                else if (seat.ExpiresAt > now && now - holding.Time > Grace)
                    yield return Of("held_without_holding", seat, "The seat is held, but there is no such holding.");
            }

            yield break;
        }

        foreach (var seat in seats)
        {
            if (!seat.IsBooked && seat.ExpiresAt <= now)
                continue;
            if (!saga.Positions.Contains(seat.Position))
                yield return Of("seat_not_in_holding", seat, "The seat is this holding's in the ledger, but the holding does not list it.");
            else if (seat.IsBooked && !MayBeBooked(saga, now))
                yield return Of("booked_without_booking", seat, $"The seat is booked, but its booking is {saga.State}.");
            else if (!seat.IsBooked && saga.IsTerminal && now - saga.Since > ReleaseGrace)
                yield return Of("held_by_ended_holding", seat, $"The seat is held, but its holding is {saga.State}.");
        }

        if (saga.State != nameof(BookingStateMachine.Confirmed))
            yield break;
        foreach (var position in saga.Positions)
        {
            if (!seats.Any(seat => seat.IsBooked && seat.Position == position))
                yield return new Discrepancy("booking_without_seat", position, PrefixedId.Format(BookingSaga.HoldingPrefix, holding), "The booking is confirmed, but the seat is not booked by it.");
        }
    }

    /// <summary>Seats are booked shortly before the saga is confirmed, and freed shortly after it ended.</summary>
    private static bool MayBeBooked(BookingSaga saga, DateTimeOffset now) => saga.State switch
    {
        nameof(BookingStateMachine.Confirmed) => true,
        nameof(BookingStateMachine.Charging) or nameof(BookingStateMachine.Settling) => true,
        _ => now - saga.Since <= Grace,
    };

    private static Discrepancy Of(string kind, SeatOwner seat, string detail) =>
        new(kind, seat.Position, PrefixedId.Format(BookingSaga.HoldingPrefix, seat.Holding ?? default), detail);
}
