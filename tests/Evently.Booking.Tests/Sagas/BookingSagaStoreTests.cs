using Evently.Booking.Sagas;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Evently.Shared.Storage.Rules;

namespace Evently.Booking.Tests.Sagas;

public sealed class BookingSagaStoreTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 1, 20, 0, 0, 123, TimeSpan.Zero);
    private readonly BookingSagaStore _store = new(new ModuleTable<BookingModule>(new MemoryTableEngine(TimeProvider.System)));

    [Theory]
    [InlineData(0, false)]
    [InlineData(3, true)]
    [InlineData(12, true)]
    public void What_is_written_is_read_again_packed_when_it_is_long(int transitions, bool packed)
    {
        var saga = Saga(transitions);

        var attributes = _store.Write(saga);
        var read = _store.Read(new Item(_store.KeyOf(saga.CorrelationId), attributes));

        Assert.Equal((packed, !packed), (attributes.ContainsKey("packed"), attributes.ContainsKey("doc")));
        Assert.Equal(saga.State, attributes["state"]);
        Assert.Equal(saga.Timeline, read.Timeline);
        Assert.Equal((saga.EventId, saga.Total, saga.ExpiresAt, saga.Seats.Count), (read.EventId, read.Total, read.ExpiresAt, read.Seats.Count));
        Assert.Equal(attributes, _store.Write(read));
    }

    [Fact]
    public void A_booking_of_eight_seats_fits_into_one_write_unit_when_it_is_confirmed()
    {
        var saga = Saga(transitions: 3);
        var attributes = _store.Write(saga);
        attributes[WellKnown.IndexPartition] = "BOOKING#DUE#0";
        attributes[WellKnown.IndexSort] = $"000001767297600123#{saga.CorrelationId:N}";
        attributes[WellKnown.TimeToLive] = At.ToUnixTimeSeconds();
        attributes["v"] = 4;

        Assert.InRange(ItemSize.Of(new Item(_store.KeyOf(saga.CorrelationId), attributes)), 400, 1_024);
    }

    private static BookingSaga Saga(int transitions)
    {
        var ids = new IdGenerator(TimeProvider.System);
        return new BookingSaga
        {
            CorrelationId = ids.Next().ToGuid(),
            State = "Confirmed",
            EventId = ids.Next("event"),
            EventName = "The Long Night of the Short Concerts",
            UserId = ids.Next("user"),
            PlacedBy = ids.Next("user"),
            Seats = [.. Enumerable.Range(1, transitions == 0 ? 2 : 8).Select(seat => new SagaSeat($"BALCONY/AA-{seat}", "standard", 4_550))],
            Total = 36_400,
            Currency = "EUR",
            HeldAt = At,
            ExpiresAt = At.AddMinutes(3),
            Since = At,
            Timeline = [.. Enumerable.Range(0, transitions).Select(step => new TimelineEntry(
                "Charging", At.AddSeconds(step), "ConfirmRequested", ids.Next().ToGuid().ToString(), ids.Next().ToGuid().ToString("N"), ids.Next("user"), null))],
        };
    }
}
