using Evently.Booking.Catalog;
using Evently.Shared.Ids;

namespace Evently.Booking.Ledger;

/// <summary>
/// Who owns which seat: one item a row, one attribute a taken seat. Every change is compare-and-swap on the seat's exact bytes, so the
/// holding is its own fencing token; every call is safe to repeat.
/// </summary>
internal sealed class SeatLedger
{
    /// <summary>Takes all seats for a holding, or none.</summary>
    public ValueTask<TakeOutcome> TakeAsync(OnSaleEvent on, IReadOnlyList<PlanSeat> seats, Ulid holding, DateTimeOffset expiresAt, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Moves the expiry of a holding's seats. False when any of them is no longer this holding's; then nothing changed.</summary>
    public ValueTask<bool> TryExtendAsync(OnSaleEvent on, IReadOnlyList<string> positions, Ulid holding, DateTimeOffset expiresAt, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>
    /// Books a holding's seats: those that still carry the holding, whatever the clock says, and where <paramref name="retake"/> also those
    /// that are free or expired by now. True again when they are booked by this holding already. False: at least one is somebody else's and nothing changed.
    /// </summary>
    public ValueTask<bool> TryBookAsync(OnSaleEvent on, IReadOnlyList<string> positions, Ulid holding, bool retake, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Frees those of the seats that still carry the holding, held or booked.</summary>
    /// <returns>How many this call freed.</returns>
    public ValueTask<int> ReleaseAsync(OnSaleEvent on, IReadOnlyList<string> positions, Ulid holding, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>The seats' owners as the ledger has them now (strong reads), in the order of <paramref name="positions"/>.</summary>
    public ValueTask<IReadOnlyList<SeatOwner>> ReadAsync(OnSaleEvent on, IReadOnlyList<string> positions, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Every taken seat of the event, page by page; expired holds included. For audits and cancelled events.</summary>
    public IAsyncEnumerable<SeatOwner> ReadAllTakenAsync(OnSaleEvent on, CancellationToken cancellationToken) => throw new NotImplementedException();
}

/// <param name="Unavailable">Every asked seat that somebody else has; empty when taken.</param>
internal sealed record TakeOutcome(bool Taken, IReadOnlyList<UnavailableSeat> Unavailable);

/// <param name="Reason"><c>held</c> or <c>booked</c>.</param>
internal sealed record UnavailableSeat(string SeatPos, string Reason);

/// <summary>A seat as the ledger has it.</summary>
/// <param name="Holding">Null when the seat is free.</param>
/// <param name="ExpiresAt">End of the hold; null when booked or free.</param>
internal sealed record SeatOwner(string Position, Ulid? Holding, bool IsBooked, DateTimeOffset? ExpiresAt);
