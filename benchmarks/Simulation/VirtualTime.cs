namespace Evently.Simulation;

/// <summary>A clock that stands still until its owner fires the next timer. Timers of one moment fire in the order in which they were set.</summary>
public sealed class VirtualTime(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<(Timer Timer, int Setting), (long DueTicks, long Order)> _timers = new();
    private long _now;
    private long _order;

    public TimeSpan Elapsed => TimeSpan.FromTicks(Volatile.Read(ref _now));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => start + Elapsed;

    public override long GetTimestamp() => Volatile.Read(ref _now);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves to the moment of the next timer and fires it.</summary>
    /// <returns>False when no timer is set.</returns>
    public bool TryFireNext()
    {
        while (true)
        {
            Timer timer;
            lock (_gate)
            {
                if (!_timers.TryDequeue(out var next, out var when))
                    return false;
                if (!next.Timer.IsSet(next.Setting))
                    continue;
                timer = next.Timer;
                _now = Math.Max(_now, when.DueTicks);
                timer.SetAgain();
            }

            timer.Fire();
            return true;
        }
    }

    private void Enqueue(Timer timer, int setting, TimeSpan dueTime) => _timers.Enqueue((timer, setting), (_now + Math.Max(0, dueTime.Ticks), ++_order));

    private sealed class Timer(VirtualTime time, TimerCallback callback, object? state) : ITimer
    {
        /// <summary>Counts changes: what was enqueued for an earlier one is void.</summary>
        private int _setting;
        private bool _isSet;
        private TimeSpan _period;

        public bool IsSet(int setting) => _isSet && _setting == setting;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                _setting++;
                _isSet = dueTime != Timeout.InfiniteTimeSpan;
                _period = period;
                if (_isSet)
                    time.Enqueue(this, _setting, dueTime);
                return true;
            }
        }

        /// <summary>With the gate held.</summary>
        public void SetAgain()
        {
            _isSet = _period > TimeSpan.Zero;
            if (_isSet)
                time.Enqueue(this, _setting, _period);
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (time._gate)
                _isSet = false;
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
