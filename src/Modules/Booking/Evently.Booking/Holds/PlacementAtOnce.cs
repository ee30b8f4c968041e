using Evently.Booking.Catalog;
using Evently.Booking.Ledger;
using Evently.Booking.Sagas;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;

namespace Evently.Booking.Holds;

/// <summary>Places a hold in one transaction, with one flush: nothing of it is there before all of it is, so nothing is ever given back.</summary>
internal sealed class PlacementAtOnce(
    EventCatalog catalog, SeatLedger ledger, HoldCap cap, SagaTable<BookingModule, BookingSaga> sagas) : HoldPlacement
{
    /// <summary>Each that fails means that something of the user's or the event's has changed meanwhile.</summary>
    private const int Attempts = 10;

    public override async ValueTask<HoldResult> PlaceAsync(NewHold hold, CancellationToken cancellationToken)
    {
        var insert = sagas.InsertWrite(hold.Saga);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var taken = await ledger.TakeWithAsync(hold.On, hold.Seats, hold.Saga.Holding, hold.Saga.ExpiresAt, Alongside(hold, insert), cancellationToken);
                if (taken.Taken)
                {
                    sagas.Inserted(insert);
                    return new HoldResult.Placed(hold.Saga);
                }

                if (!taken.IsUndecided)
                    return new HoldResult.SeatsUnavailable(taken.Unavailable);
            }
            catch (WriteOutcomeUnknownException) when (attempt < Attempts)
            {
                // The saga, looked for, tells.
            }

            if (await WhyNotAsync(hold, cancellationToken) is { } result)
                return result;
            hold = hold with { Holdings = await cap.ReadAsync(hold.CountedAs, hold.On, cancellationToken) };
            if (!hold.Holdings.Has(hold.Saga.Holding) && await cap.DecideAsync(hold.Holdings, hold.On, hold.Seats.Count, cancellationToken) is var decision)
            {
                if (decision is not CapDecision.Room room)
                    return HoldResult.LimitReached.By(decision);
                hold = hold with { Holdings = room.Holdings };
            }

            if (attempt == Attempts)
                throw new TableUnavailableException($"The holdings of {hold.CountedAs} kept changing.");
        }
    }

    /// <summary>A hold of an event that was cancelled a moment ago would be missed by the cancellation, which looks for holdings in the ledger.</summary>
    private Write[] Alongside(NewHold hold, Write insert)
    {
        var notCancelled = EventTerms.CheckNotCancelled(hold.On.Id);
        return hold.Holdings.Has(hold.Saga.Holding)
            ? [notCancelled, insert]
            : [notCancelled, cap.Enter(hold.CountedAs, hold.On, hold.Holdings, hold.Reference), insert];
    }

    /// <summary>Null when another try may go through.</summary>
    private async ValueTask<HoldResult?> WhyNotAsync(NewHold hold, CancellationToken cancellationToken)
    {
        // An earlier try went through unnoticed.
        if (await sagas.LoadAsync(hold.Saga.CorrelationId, cancellationToken) is { } placed && placed.UserId == hold.Saga.UserId)
            return new HoldResult.Placed(placed);
        return await catalog.IsCancelledNowAsync(hold.On.EventId, cancellationToken) ? new HoldResult.EventIsCancelled() : null;
    }
}
