using System.Collections.Concurrent;
using Evently.Booking.Contracts;
using Evently.Shared.Storage;

namespace Evently.Analytics.Counting;

/// <summary>
/// Counts the bookings of an event together: while some are being counted the next ones gather, and share one counter item. How a batch is counted depends
/// on what writes cost (<see cref="BatchCounter"/>).
/// </summary>
internal sealed class BookingBatches(BatchCounter counter)
{
    /// <summary>Bookings in one batch. With their seats in blocks of their own, and the counter, that are fewer writes than a transaction may have.</summary>
    public const int MostBookings = 20;

    private readonly ConcurrentDictionary<string, Lane> _lanes = new(StringComparer.Ordinal);

    /// <summary>False: the booking was not counted, and is to be counted by itself.</summary>
    public Task<bool> TryCountAsync(BookingConfirmed booking)
    {
        var waiting = new Waiting(booking);
        while (true)
        {
            var lane = _lanes.GetOrAdd(booking.EventId, static _ => new Lane());
            if (!lane.TryAdd(waiting, out var isFirst))
            {
                // It has just been closed; the next one takes the booking.
                Remove(booking.EventId, lane);
                continue;
            }

            if (isFirst)
                _ = RunAsync(booking.EventId, lane);
            return waiting.Counted.Task;
        }
    }

    private async Task RunAsync(string eventId, Lane lane)
    {
        await counter.GatherAsync();
        while (lane.TakeOrClose() is { Count: > 0 } batch)
        {
            await CountAsync(batch);
            if (batch.Count < MostBookings)
                await counter.GatherAsync();
        }

        Remove(eventId, lane);
    }

    private void Remove(string eventId, Lane lane) => _lanes.TryRemove(KeyValuePair.Create(eventId, lane));

    private async Task CountAsync(List<Waiting> batch)
    {
        try
        {
            var counted = await counter.CountAsync(batch.ConvertAll(waiting => waiting.Booking));
            batch.ForEach(waiting => waiting.Counted.SetResult(counted.Contains(waiting.Booking.BookingId)));
        }
        catch (TableUnavailableException exception)
        {
            // Nobody is served; each is delivered again.
            batch.ForEach(waiting => waiting.Counted.SetException(exception));
        }
#pragma warning disable CA1031 // One of them can't be counted, and by itself it says why (or its batch does: FinishBatches); its neighbours can.
        catch (Exception)
#pragma warning restore CA1031
        {
            batch.ForEach(waiting => waiting.Counted.SetResult(false));
        }
    }

    private sealed class Waiting(BookingConfirmed booking)
    {
        public BookingConfirmed Booking { get; } = booking;

        public TaskCompletionSource<bool> Counted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>The bookings of one event that wait. Closed when none do, so that nothing is kept of an event that is over.</summary>
    private sealed class Lane
    {
        private readonly Lock _gate = new();
        private List<Waiting> _waiting = [];
        private bool _isRunning;
        private bool _isClosed;

        /// <param name="isFirst">Whether somebody has to run the lane from now on.</param>
        public bool TryAdd(Waiting waiting, out bool isFirst)
        {
            lock (_gate)
            {
                isFirst = !_isRunning;
                _isRunning = true;
                if (!_isClosed)
                    _waiting.Add(waiting);
                return !_isClosed;
            }
        }

        /// <summary>Some of what waits, each booking once; empty when the lane is closed.</summary>
        public List<Waiting> TakeOrClose()
        {
            lock (_gate)
            {
                var taken = _waiting.DistinctBy(waiting => waiting.Booking.BookingId).Take(MostBookings).ToList();
                _waiting = _waiting.Count == taken.Count ? [] : [.. _waiting.Except(taken)];
                _isClosed = taken.Count == 0;
                return taken;
            }
        }
    }
}
