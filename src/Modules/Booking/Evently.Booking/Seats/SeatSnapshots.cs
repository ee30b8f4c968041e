using Evently.Booking.Catalog;
using Evently.Booking.Ledger;
using Microsoft.Extensions.Options;

namespace Evently.Booking.Seats;

/// <summary>Refuses from memory what is known to be gone, so that a crowd at a sold-out row costs no write. Never grants.</summary>
internal sealed class SeatSnapshots(SeatMaps maps, LedgerReader reader, IOptions<SeatMapOptions> options, TimeProvider time)
{
    private static readonly IReadOnlyList<UnavailableSeat> None = [];

    /// <summary>Every asked seat that somebody has; empty when none is known to be taken.</summary>
    public async ValueTask<IReadOnlyList<UnavailableSeat>> FindTakenAsync(OnSaleEvent on, IReadOnlyList<PlanSeat> seats, CancellationToken cancellationToken)
    {
        if (maps.Peek(on.Id) is not { IsLoaded: true } map)
            return None;
        var now = time.GetUtcNow();
        List<UnavailableSeat>? taken = null;
        foreach (var seat in seats)
        {
            var claim = map.ClaimOf(seat.Ordinal);
            if (claim.IsTakenAt(now))
                (taken ??= []).Add(UnavailableSeat.Of(seat.Position, claim));
        }

        if (taken is null)
            return None;

        // Where others write too, the seats may be free again and the rest gone: a read settles it and costs less than a refused write.
        return options.Value.SharedStore ? await ReadTakenAsync(on, seats, now, cancellationToken) : taken;
    }

    private async ValueTask<IReadOnlyList<UnavailableSeat>> ReadTakenAsync(OnSaleEvent on, IReadOnlyList<PlanSeat> seats, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var blocks = seats.Select(seat => seat.Block).Distinct().ToArray();
        var items = await reader.ReadBlocksAsync(on, blocks, cancellationToken);
        var taken = new List<UnavailableSeat>();
        foreach (var seat in seats)
        {
            var claim = SeatBlock.ClaimOf(items[Array.IndexOf(blocks, seat.Block)], seat.Slot);
            if (claim.IsTakenAt(now))
                taken.Add(UnavailableSeat.Of(seat.Position, claim));
        }

        return taken;
    }
}
