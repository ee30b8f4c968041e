using Evently.Booking.Catalog;
using Evently.Booking.Ledger;
using Evently.Booking.Sagas;
using Evently.Events.Contracts;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace Evently.Booking.Bookings;

/// <summary>
/// The event will not take place: every holding that the ledger names is cancelled, and refunded if it was paid. Passes are repeated until one finds
/// nothing left, because a hold that was on its way when sales stopped may still arrive; a message that does not get there is delivered again.
/// </summary>
internal sealed partial class CancelBookingsOfEvent(
    EventCatalog catalog,
    SeatLedger ledger,
    SagaTable<BookingModule, BookingSaga> sagas,
    LocalBus<BookingModule> bus,
    TimeProvider time,
    ILogger<CancelBookingsOfEvent> logger) : IConsumer<EventCancelled>
{
    private const int MaxPasses = 5;
    private const int Concurrency = 16;

    /// <summary>Instances read at a time.</summary>
    private const int ChunkSize = 100;

    /// <summary>Longer than any instance sells by old terms, so that the second pass sees whatever slipped past the first.</summary>
    private static readonly TimeSpan BetweenPasses = TimeSpan.FromSeconds(2);

    /// <summary>The catalog hears of the cancellation by the same message, in parallel; nothing is cancelled before sales have stopped.</summary>
    private static readonly TimeSpan LongestWaitForCatalog = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan CatalogPause = TimeSpan.FromMilliseconds(50);

    public Task Consume(ConsumeContext<EventCancelled> context) => CancelAllAsync(context.Message, context.CancellationToken);

    internal async Task CancelAllAsync(EventCancelled message, CancellationToken cancellationToken)
    {
        if (await StoppedAsync(message.EventId, cancellationToken) is not { } on)
            throw new InvalidOperationException($"{message.EventId} is still on sale; its bookings are cancelled when the catalog has heard of the cancellation.");
        for (var pass = 1; pass <= MaxPasses; pass++)
        {
            var (cancelled, failed) = await PassAsync(on, message.CancelledBy, cancellationToken);
            Log.Passed(logger, on.EventId, pass, cancelled);
            if (cancelled == 0 && failed == 0 && pass > 1)
                return;
            await Task.Delay(BetweenPasses, time, cancellationToken);
        }

        throw new InvalidOperationException($"{message.EventId} still had holdings after {MaxPasses} passes.");
    }

    /// <summary>One look at the whole ledger of the event.</summary>
    /// <returns>How many instances were told to cancel, and how many could not be. Unreadable ones are neither: support is shown them.</returns>
    internal async Task<(int Cancelled, int Failed)> PassAsync(OnSaleEvent on, string by, CancellationToken cancellationToken)
    {
        var (cancelled, failed) = (0, 0);
        foreach (var chunk in (await HoldingsAsync(on, cancellationToken)).Chunk(ChunkSize))
        {
            var instances = await sagas.LoadManyAsync(Array.ConvertAll(chunk, holding => holding.ToGuid()), Shared.Storage.Consistency.Strong, cancellationToken);
            var open = instances.OfType<BookingSaga>().Where(MustHear).ToList();
            await Parallel.ForEachAsync(
                open,
                new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken },
                async (saga, token) =>
                {
                    if (await TryCancelAsync(saga, by, token))
                        Interlocked.Increment(ref cancelled);
                    else
                        Interlocked.Increment(ref failed);
                });
        }

        return (cancelled, failed);
    }

    private static bool MustHear(BookingSaga saga) => saga.State switch
    {
        nameof(BookingStateMachine.Held) or nameof(BookingStateMachine.Confirmed) => true,
        nameof(BookingStateMachine.Charging) or nameof(BookingStateMachine.Settling) => !saga.EventWithdrawn,
        _ => false,
    };

    /// <summary>One booking that can't be cancelled now keeps no other from it; the next pass, or the next delivery, tries it again.</summary>
    private async ValueTask<bool> TryCancelAsync(BookingSaga saga, string by, CancellationToken cancellationToken)
    {
        try
        {
            await bus.SendAsync(new CancelForEvent(saga.CorrelationId, by), cancellationToken);
            return true;
        }
#pragma warning disable CA1031 // Whatever this one failed with, the others are cancelled.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Log.Failed(logger, saga.HoldingId, exception);
            return false;
        }
    }

    /// <summary>The seats that are taken now bound how many there are.</summary>
    private async Task<IReadOnlySet<Ulid>> HoldingsAsync(OnSaleEvent on, CancellationToken cancellationToken)
    {
        var holdings = new HashSet<Ulid>();
        await foreach (var owner in ledger.ReadAllTakenAsync(on, cancellationToken))
        {
            if (owner.Holding is { } holding)
                holdings.Add(holding);
        }

        return holdings;
    }

    private async Task<OnSaleEvent?> StoppedAsync(string eventId, CancellationToken cancellationToken)
    {
        for (var started = time.GetTimestamp(); time.GetElapsedTime(started) < LongestWaitForCatalog;)
        {
            if (await catalog.FindAsync(eventId, cancellationToken) is { IsCancelled: true } on)
                return on;
            await Task.Delay(CatalogPause, time, cancellationToken);
        }

        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Cancelling the bookings of {EventId}: pass {Pass} found {Count}")]
        public static partial void Passed(ILogger logger, string eventId, int pass, int count);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{HoldingId} could not be cancelled with its event; it is tried again")]
        public static partial void Failed(ILogger logger, string holdingId, Exception exception);
    }
}
