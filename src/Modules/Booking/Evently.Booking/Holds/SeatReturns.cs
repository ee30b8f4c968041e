using System.Collections.Concurrent;
using Evently.Booking.Catalog;
using Evently.Booking.Ledger;
using Evently.Booking.Sagas;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Evently.Booking.Holds;

/// <summary>
/// Seats that a failed hold may have left taken and that the store, in the same bad moment, could not be asked about or told to free. They are given back as soon
/// as it serves again. Kept in memory: what a killed process forgets ends with the hold.
/// </summary>
internal sealed partial class SeatReturns(
    SeatLedger ledger, SagaTable<BookingModule, BookingSaga> sagas, TimeProvider time, ILogger<SeatReturns> logger) : BackgroundService
{
    /// <summary>More than a process places within the retry budget of a write; further ones end with their holds.</summary>
    private const int MaxReturns = 10_000;

    /// <summary>A write without an answer may still arrive this long after it was given up, and a repeat of its call may have taken the seats over.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<SeatClaim, Return> _returns = new();

    public int Count => _returns.Count;

    public void Add(OnSaleEvent on, IReadOnlyList<PlanSeat> seats, SeatClaim claim)
    {
        if (_returns.Count < MaxReturns)
            _returns[claim] = new Return(on, [.. seats.Select(seat => seat.Position)], time.GetTimestamp());
        else
            Log.NotKept(logger, claim.Holding);
    }

    /// <summary>One round over all that is settled.</summary>
    /// <returns>How many seats were freed.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var freed = 0;
        foreach (var (claim, left) in _returns)
        {
            if (!claim.IsTakenAt(time.GetUtcNow()))
                _returns.TryRemove(claim, out _);
            else if (time.GetElapsedTime(left.Since) >= Settled)
                freed += await GiveBackAsync(claim, left, cancellationToken);
        }

        return freed;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (TableUnavailableException)
            {
                // Tried again by the next round; what ended meanwhile is forgotten.
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Only the very claim that failed is freed: a repeat of the call that got through has put its own in its place, and a hold whose saga was stored
    /// in spite of the lost answer keeps its seats.
    /// </summary>
    private async ValueTask<int> GiveBackAsync(SeatClaim claim, Return left, CancellationToken cancellationToken)
    {
        var freed = 0;
        try
        {
            if (await sagas.LoadAsync(claim.Holding.ToGuid(), cancellationToken) is null)
                freed = await ledger.GiveBackAsync(left.On, left.Positions, claim, cancellationToken);
        }
#pragma warning disable CA1031 // What can't be read, or is a bug, keeps no other seat; these end with their hold.
        catch (Exception exception) when (exception is not (TableUnavailableException or OperationCanceledException))
#pragma warning restore CA1031
        {
            Log.NotGivenBack(logger, claim.Holding, exception);
        }

        _returns.TryRemove(claim, out _);
        if (freed > 0)
            Log.GivenBack(logger, freed, claim.Holding);
        return freed;
    }

    private sealed record Return(OnSaleEvent On, IReadOnlyList<string> Positions, long Since);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Gave back {Seats} seats of {Holding}, which a failed hold had left taken")]
        public static partial void GivenBack(ILogger logger, int seats, Shared.Ids.Ulid holding);

        [LoggerMessage(Level = LogLevel.Error, Message = "The seats of {Holding} can't be given back; they free themselves at the hold's end")]
        public static partial void NotGivenBack(ILogger logger, Shared.Ids.Ulid holding, Exception exception);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Too many seats wait to be given back; those of {Holding} free themselves at the hold's end")]
        public static partial void NotKept(ILogger logger, Shared.Ids.Ulid holding);
    }
}
