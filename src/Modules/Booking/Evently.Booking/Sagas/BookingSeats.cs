using Evently.Booking.Catalog;
using Evently.Booking.Ledger;

namespace Evently.Booking.Sagas;

/// <summary>
/// The ledger as the saga uses it. Taking and protecting seats happens before the saga's commit, so that a crash in between leaves only seats that
/// the next drive finds taken already. Giving back happens after a commit to a state that never books again, so that a step that lost the
/// race against a confirm has freed nothing.
/// </summary>
internal sealed class BookingSeats(SeatLedger ledger, EventCatalog catalog)
{
    /// <summary>Keeps the seats until then, whatever the clock says. False when one of them is somebody else's by now.</summary>
    public async ValueTask<bool> TryProtectAsync(BookingSaga saga, DateTimeOffset until, CancellationToken cancellationToken) =>
        await ledger.TryExtendAsync(await EventOfAsync(saga, cancellationToken), saga.Positions, saga.Holding, until, cancellationToken);

    /// <summary>Books the seats, those too that were free again in the meantime. False, and nothing changed, when one is somebody else's or the event is cancelled.</summary>
    public async ValueTask<bool> TryBookAsync(BookingSaga saga, CancellationToken cancellationToken)
    {
        var on = await EventOfAsync(saga, cancellationToken);
        return !on.IsCancelled && await ledger.TryBookAsync(on, saga.Positions, saga.Holding, retake: true, cancellationToken);
    }

    /// <summary>Frees those that are still this holding's, held or booked. Only for states that never book again.</summary>
    public async ValueTask FreeAsync(BookingSaga saga, CancellationToken cancellationToken) =>
        await ledger.ReleaseAsync(await EventOfAsync(saga, cancellationToken), saga.Positions, saga.Holding, cancellationToken);

    public async ValueTask<IReadOnlyList<SeatOwner>> OwnersAsync(BookingSaga saga, CancellationToken cancellationToken) =>
        await ledger.ReadAsync(await EventOfAsync(saga, cancellationToken), saga.Positions, cancellationToken);

    public async ValueTask<bool> IsEventCancelledAsync(BookingSaga saga, CancellationToken cancellationToken) =>
        (await EventOfAsync(saga, cancellationToken)).IsCancelled;

    private async ValueTask<OnSaleEvent> EventOfAsync(BookingSaga saga, CancellationToken cancellationToken) =>
        await catalog.FindAsync(saga.EventId, cancellationToken)
        ?? throw new InvalidOperationException($"{saga.HoldingId} is for {saga.EventId}, which Booking does not know.");
}
