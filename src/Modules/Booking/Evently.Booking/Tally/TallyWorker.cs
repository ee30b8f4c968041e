using Evently.Booking.Catalog;
using Evently.Booking.Contracts;
using Evently.Booking.Ledger;
using Evently.Booking.Sagas;
using Evently.Booking.Seats;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Evently.Booking.Tally;

/// <summary>
/// Tells the other modules what is held and what was refused: at most one message a second and event, however many holds there were. After a
/// crash the events of waiting sagas, and those last told to have held seats, are counted again; only the refusals of the last second are lost with the process.
/// </summary>
internal sealed partial class TallyWorker(
    TallyBook book,
    EventCatalog catalog,
    SeatMaps maps,
    SagaTable<BookingModule, BookingSaga> sagas,
    ModuleTable<BookingModule> table,
    IServiceScopeFactory scopes,
    IdGenerator ids,
    TimeProvider time,
    ILogger<TallyWorker> logger) : BackgroundService
{
    /// <summary>Sagas looked at after a start, to find the events with live holds; also the most events that were told to have held seats.</summary>
    private const int SeededSagas = 10_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestFlush = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(7);

    private readonly string _instance = ids.Next().ToString();
    private long _sequence;
    private bool _isSeeded;

    /// <summary>One round: every event that has something to tell.</summary>
    /// <returns>How many tallies were sent.</returns>
    public async Task<int> RunOnceAsync(bool flush, CancellationToken cancellationToken)
    {
        var sent = 0;
        foreach (var eventId in book.ListDue(time.GetUtcNow(), flush))
        {
            try
            {
                if (await TellAsync(eventId, cancellationToken))
                    sent++;
            }
#pragma warning disable CA1031 // One event that can't be told of keeps no other from it.
            catch (Exception exception) when (exception is not (OperationCanceledException or TableUnavailableException))
#pragma warning restore CA1031
            {
                Log.NotTold(logger, eventId, exception);
                book.Touch(eventId);
            }
        }

        book.Tidy(time.GetUtcNow());
        return sent;
    }

    /// <summary>After a start: what is held now was counted by a process that may have died before it told.</summary>
    public async Task SeedAsync(CancellationToken cancellationToken)
    {
        string? after = null;
        for (var seeded = 0; seeded < SeededSagas; seeded += TableLimits.PageItems)
        {
            var page = await sagas.ReadDueAsync(DateTimeOffset.MaxValue, TableLimits.PageItems, after, cancellationToken);
            foreach (var saga in page.Sagas.Select(read => read.Saga).OfType<BookingSaga>())
                book.Touch(saga.EventId);

            after = page.Next;
            if (after is null)
                break;
        }

        var events = 0;
        await foreach (var told in table.ScanPartitionAsync(Keys.ToldHeldEvents, SortRange.All, Consistency.Strong, cancellationToken))
        {
            book.Touch(told.Key.Sort);
            if (++events == SeededSagas)
                break;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
            await StepAsync(stoppingToken);
        using var last = new CancellationTokenSource(LongestFlush, time);
        try
        {
            await RunOnceAsync(flush: true, last.Token);
        }
        catch (Exception exception) when (exception is TableUnavailableException or OperationCanceledException)
        {
            Log.FlushFailed(logger, exception);
        }
    }

    private async Task StepAsync(CancellationToken stoppingToken)
    {
        var pause = Pause;
        try
        {
            if (!_isSeeded)
                await SeedAsync(stoppingToken);
            _isSeeded = true;
            await RunOnceAsync(flush: false, stoppingToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Whatever it was, the book still has what was not told.
            Log.RoundFailed(logger, exception);
            pause = PauseAfterFailure;
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }

        await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<bool> TellAsync(string eventId, CancellationToken cancellationToken)
    {
        var on = await catalog.FindAsync(eventId, cancellationToken);
        if (on is null)
        {
            book.Forget(eventId);
            return false;
        }

        var (tally, refused) = book.Open(eventId);
        if (tally is null)
        {
            var map = await MapAsync(on, cancellationToken);
            (tally, var nextExpiry) = Count(on, map, refused);
            book.Keep(tally, nextExpiry);
        }

        await using var scope = scopes.CreateAsyncScope();
        var unit = scope.ServiceProvider.GetRequiredService<UnitOfWork<BookingModule>>();
        unit.Publish(tally, eventId);
        unit.Add(RememberHeld(tally));
        var result = await unit.CommitAsync(cancellationToken);
        if (result.Applied)
            book.Close(eventId, time.GetUtcNow());
        return result.Applied;
    }

    /// <summary>The holds that others were told of may all end just before a crash, and then no saga waits that would name the event.</summary>
    private Write RememberHeld(SalesTallied tally)
    {
        var key = Keys.ToldHeld(tally.EventId);
        return tally.HeldSeatCount == 0
            ? Write.Delete(key, Condition.Always)
            : Write.Put(key, new Dictionary<string, Value> { [WellKnown.TimeToLive] = (time.GetUtcNow() + Remembered).ToUnixTimeSeconds() }, Condition.Always);
    }

    private async Task<SeatMap> MapAsync(OnSaleEvent on, CancellationToken cancellationToken)
    {
        try
        {
            return await maps.GetAsync(on, cancellationToken);
        }
        catch
        {
            // The touch was taken out of the book already.
            book.Touch(on.EventId);
            throw;
        }
    }

    private (SalesTallied Tally, DateTimeOffset? NextExpiry) Count(OnSaleEvent on, SeatMap map, IReadOnlyList<MinuteCount> refused)
    {
        var now = time.GetUtcNow();
        var heldBits = new byte[(on.Plan.SeatCount + 7) / 8];
        var holdings = new HashSet<Ulid>();
        var (held, booked, nextExpiry) = map.Count(SeatClaim.UnitsOf(now), heldBits, holdings);
        var active = holdings.CountBy(holding => TallyBook.MinuteOf(holding.Time))
            .Select(pair => new MinuteCount(pair.Key, pair.Value))
            .OrderBy(minute => minute.Minute)
            .ToArray();
        var tally = new SalesTallied(on.EventId, _instance, ++_sequence, now, held, booked, heldBits, active, refused);
        return (tally, new SeatClaim(nextExpiry, default).ExpiresAt);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{EventId} could not be told of; it is tried again.")]
        public static partial void NotTold(ILogger logger, string eventId, Exception exception);

        [LoggerMessage(Level = LogLevel.Warning, Message = "A round of tallies failed; it is made up for by the next.")]
        public static partial void RoundFailed(ILogger logger, Exception exception);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The last tallies before the stop were not sent; the next start counts again.")]
        public static partial void FlushFailed(ILogger logger, Exception exception);
    }
}
