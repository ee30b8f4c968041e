using System.Collections.Concurrent;

namespace Evently.Booking.Bookings;

/// <summary>
/// Wakes requests of this process that wait for a booking to move on. A signal says "look again", never what happened; a move on another instance
/// is seen by the waiter's own polling.
/// </summary>
internal sealed class BookingSignals
{
    /// <summary>Requests that may wait at one time; one more is answered at once with what is known.</summary>
    public const int MaxWaiters = 5_000;

    private readonly ConcurrentDictionary<Guid, Waiters> _waiting = new();
    private int _count;

    /// <summary>Registers before the booking is read, so that no signal falls between. Null when too many wait.</summary>
    public Waiter? TryJoin(Guid correlationId)
    {
        if (Interlocked.Increment(ref _count) > MaxWaiters)
        {
            Interlocked.Decrement(ref _count);
            return null;
        }

        var waiters = _waiting.AddOrUpdate(correlationId, _ => new Waiters(1), (_, known) => known.Join());
        return new Waiter(this, correlationId, waiters.Signal);
    }

    public void Notify(Guid correlationId)
    {
        if (_waiting.TryGetValue(correlationId, out var waiters))
            waiters.Signal.Pulse();
    }

    private void Leave(Guid correlationId)
    {
        Interlocked.Decrement(ref _count);
        while (_waiting.TryGetValue(correlationId, out var waiters))
        {
            if (waiters.Count > 1 ? _waiting.TryUpdate(correlationId, waiters with { Count = waiters.Count - 1 }, waiters) : _waiting.TryRemove(KeyValuePair.Create(correlationId, waiters)))
                return;
        }
    }

    internal sealed class Waiter(BookingSignals owner, Guid correlationId, Signal signal) : IDisposable
    {
        private Task _next = signal.Next;

        /// <summary>Completes at the next signal since this was last called (or since the waiter joined), or after <paramref name="longest"/>.</summary>
        public async Task WaitAsync(TimeSpan longest, TimeProvider time, CancellationToken cancellationToken)
        {
            var next = _next;
            try
            {
                await next.WaitAsync(longest, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                return;
            }

            _next = signal.Next;
        }

        public void Dispose() => owner.Leave(correlationId);
    }

    internal sealed class Signal
    {
        private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Next => Volatile.Read(ref _next).Task;

        public void Pulse() => Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    private sealed record Waiters(int Count)
    {
        public Signal Signal { get; private init; } = new();

        public Waiters Join() => this with { Count = Count + 1 };
    }
}
