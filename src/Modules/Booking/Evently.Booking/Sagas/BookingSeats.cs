using Evently.Booking.Catalog;
using Evently.Booking.Ledger;

namespace Evently.Booking.Sagas;

/// <summary>
/// The ledger as the saga uses it. What takes or keeps seats is part of the saga's commit; but a holding's own seats are booked before it where a
/// transaction costs double: the write is conditional on the very hold, so a crash in between leaves only seats that the next drive finds booked already. Giving back happens after a commit to a state that never books again, so that a step that lost the race against a confirm has
/// freed nothing.
/// </summary>
internal sealed class BookingSeats(SeatLedger ledger, EventCatalog catalog)
{
    /// <summary>Keeps the seats until then, whatever the clock says. Null when one of them is no longer this holding's.</summary>
    public async ValueTask<PreparedChange?> ProtectAsync(BookingSaga saga, DateTimeOffset until, CancellationToken cancellationToken) =>
        await ledger.PrepareExtendAsync(await EventOfAsync(saga, cancellationToken), saga.Positions, saga.Holding, until, cancellationToken);

    /// <summary>Books the seats while all of them carry the holding. False, and nothing changed, when one does not.</summary>
    public async ValueTask<bool> TryBookAsync(BookingSaga saga, CancellationToken cancellationToken) =>
        await ledger.TryBookAsync(await EventOfAsync(saga, cancellationToken), saga.Positions, saga.Holding, cancellationToken);

    /// <summary>Whether <see cref="TryBookAsync"/> is the way to book, or <see cref="PrepareBookAsync"/>.</summary>
    public bool AreBookedAhead => ledger.IsMetered;

    /// <summary>As <see cref="TryBookAsync"/>, for the saga's commit. Null when one of the seats does not carry the holding.</summary>
    public async ValueTask<PreparedChange?> PrepareBookAsync(BookingSaga saga, CancellationToken cancellationToken) =>
        await ledger.PrepareBookAsync(await EventOfAsync(saga, cancellationToken), saga.Positions, saga.Holding, cancellationToken);

    /// <summary>Books the seats, those too that were lost and that nobody has. Null when one is somebody else's.</summary>
    public async ValueTask<PreparedChange?> RetakeAsync(BookingSaga saga, CancellationToken cancellationToken) =>
        await ledger.PrepareRetakeAsync(await EventOfAsync(saga, cancellationToken), saga.Positions, saga.Holding, cancellationToken);

    /// <summary>Frees those that are still this holding's, held or booked. Only for states that never book again.</summary>
    public async ValueTask FreeAsync(BookingSaga saga, CancellationToken cancellationToken) =>
        await ledger.ReleaseAsync(await EventOfAsync(saga, cancellationToken), saga.Positions, saga.Holding, cancellationToken);

    public async ValueTask<IReadOnlyList<SeatOwner>> OwnersAsync(BookingSaga saga, CancellationToken cancellationToken) =>
        await ledger.ReadAsync(await EventOfAsync(saga, cancellationToken), saga.Positions, cancellationToken);

    /// <summary>Null when it is not known.</summary>
    public async ValueTask<DateTimeOffset?> StartOfEventAsync(BookingSaga saga, CancellationToken cancellationToken) =>
        (await EventOfAsync(saga, cancellationToken)).StartTime;

    /// <summary>As this instance knows, at most a second old.</summary>
    public async ValueTask<bool> IsEventCancelledAsync(BookingSaga saga, CancellationToken cancellationToken) =>
        (await EventOfAsync(saga, cancellationToken)).IsCancelled;

    /// <summary>As the table has it now: before money moves.</summary>
    public async ValueTask<bool> IsEventCancelledNowAsync(string eventId, CancellationToken cancellationToken) =>
        await catalog.IsCancelledNowAsync(eventId, cancellationToken);

    private async ValueTask<OnSaleEvent> EventOfAsync(BookingSaga saga, CancellationToken cancellationToken) =>
        await catalog.FindAsync(saga.EventId, cancellationToken)
        ?? throw new InvalidOperationException($"{saga.HoldingId} is for {saga.EventId}, which Booking does not know.");
}
