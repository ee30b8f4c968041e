using Evently.Booking.Catalog;
using Evently.Booking.Ledger;
using Evently.Booking.Sagas;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Microsoft.Extensions.Logging;

namespace Evently.Booking.Holds;

/// <summary>
/// Places a hold in three writes, at half of what a transaction would cost: the seats, the user's list, the saga. The ledger comes first, so that a crash on
/// the way leaves only seats that free themselves; what fails without a crash gives them back, at once or when the store serves again.
/// </summary>
internal sealed partial class PlacementLedgerFirst(
    EventCatalog catalog,
    SeatLedger ledger,
    HoldCap cap,
    SeatReturns returns,
    SagaTable<BookingModule, BookingSaga> sagas,
    ILogger<PlacementLedgerFirst> logger) : HoldPlacement
{
    private const int InsertAttempts = 3;

    public override async ValueTask<HoldResult> PlaceAsync(NewHold hold, CancellationToken cancellationToken)
    {
        var take = await TakeAsync(hold, cancellationToken);
        if (!take.Taken)
            return new HoldResult.SeatsUnavailable(take.Unavailable);
        try
        {
            return await EnterAsync(hold);
        }
        catch (WriteOutcomeUnknownException exception)
        {
            // The saga may be stored: whether the seats are its or nobody's shows when the store answers again.
            Log.NotEntered(logger, hold.Saga.Holding, exception);
            returns.Add(hold.On, hold.Seats, hold.Claim);
            throw;
        }
        catch (Exception exception)
        {
            Log.NotEntered(logger, hold.Saga.Holding, exception);
            await GiveBackAsync(hold);
            throw;
        }
    }

    /// <summary>What the table may have done without an answer is not left to the hold's end.</summary>
    private async ValueTask<TakeOutcome> TakeAsync(NewHold hold, CancellationToken cancellationToken)
    {
        try
        {
            return await ledger.TakeAsync(hold.On, hold.Seats, hold.Saga.Holding, hold.Saga.ExpiresAt, cancellationToken);
        }
        catch (Exception exception)
        {
            Log.NotTaken(logger, hold.Saga.Holding, exception);
            returns.Add(hold.On, hold.Seats, hold.Claim);
            throw;
        }
    }

    private async ValueTask<HoldResult> EnterAsync(NewHold hold)
    {
        var entered = await cap.EnterAsync(hold.CountedAs, hold.On, hold.Holdings, hold.Reference, CancellationToken.None);
        if (entered is not CapDecision.Room)
        {
            await GiveBackAsync(hold);
            return HoldResult.LimitReached.By(entered);
        }

        // The cancellation looks for holdings in the ledger; one that was on its way then would be missed.
        if (await catalog.FindAsync(hold.On.EventId, CancellationToken.None) is null or { IsCancelled: true })
        {
            await GiveBackAsync(hold);
            return new HoldResult.EventIsCancelled();
        }

        await InsertAsync(hold.Saga);
        return new HoldResult.Placed(hold.Saga);
    }

    /// <summary>Insert by absence: when an earlier try went through unnoticed, the key is taken, and by nobody else.</summary>
    private async ValueTask InsertAsync(BookingSaga saga)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await sagas.InsertAsync(saga, CancellationToken.None);
                return;
            }
            catch (WriteOutcomeUnknownException) when (attempt < InsertAttempts)
            {
                // Asked again.
            }
        }
    }

    private async ValueTask GiveBackAsync(NewHold hold)
    {
        try
        {
            await ledger.GiveBackAsync(hold.On, [.. hold.Seats.Select(seat => seat.Position)], hold.Claim, CancellationToken.None);
        }
        catch (TableUnavailableException exception)
        {
            Log.NotGivenBack(logger, hold.Saga.Holding, exception);
            returns.Add(hold.On, hold.Seats, hold.Claim);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Whether the seats of {Holding} were taken is not known; they are given back when it is.")]
        public static partial void NotTaken(ILogger logger, Ulid holding, Exception exception);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The seats of {Holding} were taken, but the hold could not be entered; they are given back.")]
        public static partial void NotEntered(ILogger logger, Ulid holding, Exception exception);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The seats of {Holding} could not be given back yet.")]
        public static partial void NotGivenBack(ILogger logger, Ulid holding, Exception exception);
    }
}
