using System.Diagnostics;
using Evently.Booking.Catalog;
using Evently.Booking.Ledger;
using Evently.Booking.Sagas;
using Evently.Booking.Seats;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Microsoft.Extensions.Logging;

namespace Evently.Booking.Holds;

/// <summary>For whom seats are held.</summary>
/// <param name="CountedAs">Under which id limits on the person's seats count; see <see cref="Caller.CountedAs"/>.</param>
/// <param name="PlacedBy">Who asks; staff may for others.</param>
internal sealed record SeatBuyer(string UserId, string CountedAs, string PlacedBy);

internal abstract record HoldResult
{
    public sealed record Placed(BookingSaga Saga) : HoldResult;

    public sealed record SeatsUnavailable(IReadOnlyList<UnavailableSeat> Seats) : HoldResult;

    /// <param name="RetryAfter">When the next hold of the user ends.</param>
    public sealed record LimitReached(int Max, TimeSpan? RetryAfter) : HoldResult;

    public sealed record UserLimitReached(int Max) : HoldResult;

    public sealed record EventIsCancelled : HoldResult;
}

/// <summary>
/// Places a hold in three writes: the seats, the user's list, the saga. The ledger comes first, so that a crash on the way leaves only seats
/// that free themselves; what fails without a crash gives them back, at once or when the store serves again.
/// </summary>
internal sealed partial class SeatHolder(
    EventCatalog catalog,
    SeatSnapshots snapshots,
    SeatLedger ledger,
    HoldCap cap,
    SeatReturns returns,
    SagaTable<BookingModule, BookingSaga> sagas,
    BookingActivities activities,
    IdGenerator ids,
    TimeProvider time,
    ILogger<SeatHolder> logger)
{
    private const int InsertAttempts = 3;

    public ValueTask<HoldResult> HoldAsync(OnSaleEvent on, IReadOnlyList<PlanSeat> seats, string userId, string placedBy, CancellationToken cancellationToken) =>
        HoldAsync(on, seats, new SeatBuyer(userId, userId, placedBy), new RequestIdentity(ids.Next(), IsRepeat: false), cancellationToken);

    /// <param name="identity">Its id becomes the holding's: a repeat goes on where its first try was cut off.</param>
    public async ValueTask<HoldResult> HoldAsync(
        OnSaleEvent on, IReadOnlyList<PlanSeat> seats, SeatBuyer buyer, RequestIdentity identity, CancellationToken cancellationToken)
    {
        using var activity = activities.StartHold(seats.Count);

        // The id says when the hold was placed, to everybody who counts holds by the minute.
        var holding = identity.Id;
        if (identity.IsRepeat && await sagas.LoadAsync(holding.ToGuid(), cancellationToken) is { } placed && placed.UserId == buyer.UserId)
            return new HoldResult.Placed(placed);
        if (!identity.IsRepeat && await snapshots.FindTakenAsync(on, seats, cancellationToken) is { Count: > 0 } gone)
            return new HoldResult.SeatsUnavailable(gone);
        var listed = await cap.ReadAsync(buyer.CountedAs, on, cancellationToken);
        var decision = listed.Has(holding) ? new CapDecision.Room(listed) : await cap.DecideAsync(listed, on, seats.Count, cancellationToken);
        if (decision is not CapDecision.Room { Holdings: var holdings })
            return LimitReached(decision);

        var expiresAt = SeatClaim.RoundUp(time.GetUtcNow() + on.HoldDuration);
        var take = await TakeAsync(on, seats, holding, expiresAt, cancellationToken);
        if (!take.Taken)
            return new HoldResult.SeatsUnavailable(take.Unavailable);

        // From here on a client that hangs up must not leave half a hold behind.
        try
        {
            return await EnterAsync(on, seats, SagaOf(on, seats, holding, expiresAt, buyer), buyer.CountedAs, holdings);
        }
        catch (WriteOutcomeUnknownException exception)
        {
            // The saga may be stored: whether the seats are its or nobody's shows when the store answers again.
            Log.NotEntered(logger, holding, exception);
            returns.Add(on, seats, SeatClaim.Held(holding, expiresAt));
            throw;
        }
        catch (Exception exception)
        {
            Log.NotEntered(logger, holding, exception);
            await GiveBackAsync(on, seats, SeatClaim.Held(holding, expiresAt));
            throw;
        }
    }

    /// <summary>What the table may have done without an answer is not left to the hold's end.</summary>
    private async ValueTask<TakeOutcome> TakeAsync(OnSaleEvent on, IReadOnlyList<PlanSeat> seats, Ulid holding, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        try
        {
            return await ledger.TakeAsync(on, seats, holding, expiresAt, cancellationToken);
        }
        catch (Exception exception)
        {
            Log.NotTaken(logger, holding, exception);
            returns.Add(on, seats, SeatClaim.Held(holding, expiresAt));
            throw;
        }
    }

    private async ValueTask<HoldResult> EnterAsync(OnSaleEvent on, IReadOnlyList<PlanSeat> seats, BookingSaga saga, string countedAs, UserHoldings holdings)
    {
        var claim = SeatClaim.Held(saga.Holding, saga.ExpiresAt);
        var reference = new HoldingReference(saga.Holding, claim.Until, seats.Count);
        var entered = await cap.EnterAsync(countedAs, on, holdings, reference, CancellationToken.None);
        if (entered is not CapDecision.Room)
        {
            await GiveBackAsync(on, seats, claim);
            return LimitReached(entered);
        }

        // The cancellation looks for holdings in the ledger; one that was on its way then would be missed.
        if (await catalog.FindAsync(on.EventId, CancellationToken.None) is null or { IsCancelled: true })
        {
            await GiveBackAsync(on, seats, claim);
            return new HoldResult.EventIsCancelled();
        }

        await InsertAsync(saga);
        return new HoldResult.Placed(saga);
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

    private async ValueTask GiveBackAsync(OnSaleEvent on, IReadOnlyList<PlanSeat> seats, SeatClaim claim)
    {
        try
        {
            await ledger.GiveBackAsync(on, [.. seats.Select(seat => seat.Position)], claim, CancellationToken.None);
        }
        catch (TableUnavailableException exception)
        {
            Log.NotGivenBack(logger, claim.Holding, exception);
            returns.Add(on, seats, claim);
        }
    }

    private static BookingSaga SagaOf(OnSaleEvent on, IReadOnlyList<PlanSeat> seats, Ulid holding, DateTimeOffset expiresAt, SeatBuyer buyer)
    {
        var priced = new List<SagaSeat>(seats.Count);
        long total = 0;
        foreach (var seat in seats)
        {
            var price = on.Prices[seat.SeatType];
            total = checked(total + price);
            priced.Add(new SagaSeat(seat.Position, seat.SeatType, price));
        }

        var saga = new BookingSaga
        {
            CorrelationId = holding.ToGuid(),
            EventId = on.EventId,
            EventName = on.Name,
            UserId = buyer.UserId,
            PlacedBy = buyer.PlacedBy,
            Seats = priced,
            Total = total,
            Currency = on.Currency,
            HeldAt = holding.Time,
            ExpiresAt = expiresAt,
            DueAt = expiresAt,
            Since = holding.Time,
        };
        saga.Remember(new TimelineEntry(saga.State, holding.Time, "HoldPlaced", null, Activity.Current?.TraceId.ToHexString(), buyer.PlacedBy, null));
        return saga;
    }

    private static HoldResult LimitReached(CapDecision decision) => decision switch
    {
        CapDecision.HoldLimit limit => new HoldResult.LimitReached(limit.Max, limit.RetryAfter),
        CapDecision.UserLimit limit => new HoldResult.UserLimitReached(limit.Max),
        _ => throw new InvalidOperationException($"{decision.GetType().Name} is no refusal."),
    };

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
