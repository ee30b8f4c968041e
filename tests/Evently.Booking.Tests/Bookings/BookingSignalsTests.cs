using Evently.Booking.Bookings;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Booking.Tests.Bookings;

public sealed class BookingSignalsTests
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);
    private readonly FakeTimeProvider _time = new();
    private readonly BookingSignals _signals = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_signal_between_joining_and_waiting_is_not_missed()
    {
        var booking = new Guid(1, 0, 0, new byte[8]);
        using var waiter = _signals.TryJoin(booking)!;
        _signals.Notify(booking);
        await waiter.WaitAsync(Long, _time, Stop).WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Stop);
    }

    [Fact]
    public async Task A_signal_wakes_everybody_who_waits_for_that_booking_and_nobody_else()
    {
        var (booking, other) = (new Guid(1, 0, 0, new byte[8]), new Guid(2, 0, 0, new byte[8]));
        using var first = _signals.TryJoin(booking)!;
        using var second = _signals.TryJoin(booking)!;
        using var third = _signals.TryJoin(other)!;
        var (one, two, three) = (first.WaitAsync(Long, _time, Stop), second.WaitAsync(Long, _time, Stop), third.WaitAsync(Long, _time, Stop));
        _signals.Notify(booking);
        await Task.WhenAll(one, two).WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Stop);
        Assert.False(three.IsCompleted);
        _time.Advance(Long);
        await three.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Stop);
    }

    [Fact]
    public void Waiters_are_bounded_and_leave_room_when_they_go()
    {
        var waiters = Enumerable.Range(0, BookingSignals.MaxWaiters).Select(i => _signals.TryJoin(new Guid(i, 0, 0, new byte[8]))!).ToList();
        Assert.Null(_signals.TryJoin(default));
        waiters[0].Dispose();
        Assert.NotNull(_signals.TryJoin(default));
    }

    [Theory]
    [InlineData(null, 10)]
    [InlineData("wait=3", 3)]
    [InlineData("wait=0", 0)]
    [InlineData("wait=31", 30)]
    [InlineData("wait=-1", 10)]
    [InlineData("wait=soon", 10)]
    [InlineData("wait=99999999999", 10)]
    [InlineData("respond-async; foo=\"bar\", wait=5", 5)]
    public void The_preferred_wait_is_read_and_bounded(string? prefer, int seconds)
    {
        var context = new DefaultHttpContext();
        if (prefer is not null)
            context.Request.Headers["Prefer"] = prefer;
        Assert.Equal(TimeSpan.FromSeconds(seconds), PreferWait.Read(context));
    }
}
