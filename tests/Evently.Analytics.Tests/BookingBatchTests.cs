using Evently.Analytics.Counting;
using Evently.Booking.Contracts;
using Evently.Shared.Storage;
using Evently.Testing.Storage;

namespace Evently.Analytics.Tests;

public sealed class BookingBatchTests
{
    private const string EventId = "event-1";
    private static readonly DateTimeOffset At = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly MemoryTableEngine _engine = new(TimeProvider.System);
    private readonly BookingBatches _batches;

    public BookingBatchTests() => _batches = new BookingBatches(new CountAtOnce(new ModuleTable<AnalyticsModule>(_engine)));

    [Fact]
    public async Task Bookings_that_come_together_share_a_counter()
    {
        var counted = await Task.WhenAll(Enumerable.Range(1, 10).Select(number => _batches.TryCountAsync(Booking(number, $"A-{number}"))));
        Assert.All(counted, Assert.True);
        var counts = await CountsAsync();
        Assert.Equal((10, 10), (counts.Bookings, counts.SeatsSold));
    }

    [Fact]
    public async Task One_that_was_counted_before_sends_its_neighbours_to_be_counted_by_themselves()
    {
        Assert.True(await _batches.TryCountAsync(Booking(1, "A-1")));
        var counted = await Task.WhenAll(_batches.TryCountAsync(Booking(1, "A-1")), _batches.TryCountAsync(Booking(2, "A-2")));
        Assert.Contains(false, counted);
        Assert.InRange((await CountsAsync()).Bookings, 1, 2);
    }

    [Fact]
    public async Task One_that_can_not_be_counted_fails_none_of_its_neighbours()
    {
        var counted = await Task.WhenAll(_batches.TryCountAsync(Booking(1, "no position")), _batches.TryCountAsync(Booking(2, "A-2")));
        Assert.False(counted[0]);
    }

    private async Task<EventCounts> CountsAsync() =>
        EventCounts.Read(await _engine.GetManyAsync(Keys.AllCounts(EventId), Consistency.Strong, TestContext.Current.CancellationToken));

    private static BookingConfirmed Booking(int number, string position) => new(
        $"booking-{number}", $"holding-{number}", EventId, $"user-{number}", [new BookedSeat(position, "regular", 100)], 100, "EUR", At, At.AddSeconds(number));
}
