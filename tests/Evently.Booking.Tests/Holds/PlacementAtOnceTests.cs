using Evently.Booking.Catalog;
using Evently.Booking.Holds;
using Evently.Booking.Sagas;
using Evently.Booking.Tests.Ledger;
using Evently.Events.Contracts;
using Evently.Shared.Http;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;

namespace Evently.Booking.Tests.Holds;

/// <summary>Holds where a transaction costs no more than its writes; where it does, <see cref="SeatHolderTests"/>.</summary>
public sealed class PlacementAtOnceTests : IAsyncDisposable
{
    private const string Buyer = "user-buyer";
    private readonly BookingWorld _world = new(isMetered: false);

    private SagaTable<BookingModule, BookingSaga> Sagas => _world.Get<SagaTable<BookingModule, BookingSaga>>();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_hold_is_one_read_and_one_transaction()
    {
        var on = await _world.OpenAsync();
        _world.Table.Forget();
        await PlaceAsync(on, Buyer, "A-1", "B-2");
        Assert.Equal(["get user", "transact ledger"], _world.Table.Calls);
    }

    [Fact]
    public async Task Seats_that_somebody_else_has_leave_nothing_of_the_hold()
    {
        var on = await _world.OpenAsync();
        Assert.True(await _world.TakeAsync(on, _world.Ids.Next(), "A-2"));
        var gone = Assert.IsType<HoldResult.SeatsUnavailable>(await HoldAsync(on, Buyer, "A-1", "A-2", "B-1"));
        Assert.Equal(["A-2"], gone.Seats.Select(seat => seat.SeatPos));
        Assert.Null((await _world.OwnerAsync(on, "A-1")).Holding);
        Assert.Null((await _world.OwnerAsync(on, "B-1")).Holding);
        Assert.Empty((await _world.Get<HoldCap>().ReadAsync(Buyer, on, BookingWorld.Stop)).References);
    }

    [Fact]
    public async Task A_hold_that_loses_a_race_for_its_users_list_is_placed_after_all()
    {
        var on = await _world.OpenAsync();
        BeforeFirstTransaction(() => PlaceAsync(on, Buyer, "B-1"));
        await PlaceAsync(on, Buyer, "A-1");
        Assert.Equal(2, (await _world.Get<HoldCap>().ReadAsync(Buyer, on, BookingWorld.Stop)).References.Count);
    }

    [Fact]
    public async Task Two_holds_of_a_user_that_race_past_the_cap_leave_one_of_them_and_no_seat_of_the_other()
    {
        var on = await _world.OpenAsync();
        BeforeFirstTransaction(() => PlaceAsync(on, Buyer, "B-1", "B-2", "B-3", "B-4", "B-5", "B-6"));
        Assert.IsType<HoldResult.LimitReached>(await HoldAsync(on, Buyer, "A-1", "A-2", "A-3", "A-4", "A-5", "A-6"));
        Assert.Null((await _world.OwnerAsync(on, "A-1")).Holding);
        Assert.NotNull((await _world.OwnerAsync(on, "B-1")).Holding);
    }

    [Fact]
    public async Task Forty_holds_of_a_user_at_once_never_hold_more_than_the_cap()
    {
        var on = await _world.OpenAsync(rows: 10);
        var results = await Task.WhenAll(Enumerable.Range(0, 40).Select(async index =>
            await HoldAsync(on, Buyer, $"{(char)('A' + (index / 5))}-{(index % 5 * 2) + 1}", $"{(char)('A' + (index / 5))}-{(index % 5 * 2) + 2}")));
        Assert.Equal(5, results.Count(result => result is HoldResult.Placed));
        Assert.All(results.Where(result => result is not HoldResult.Placed), result => Assert.IsType<HoldResult.LimitReached>(result));
    }

    [Fact]
    public async Task An_event_that_is_cancelled_meanwhile_sells_nothing_more()
    {
        var on = await _world.OpenAsync();
        BeforeFirstTransaction(() => new CatalogConsumer(_world.Get<ModuleTable<BookingModule>>(), _world.Get<EventCatalog>())
            .ApplyAsync(new EventCancelled(on.EventId, _world.Now, "user-organizer"), BookingWorld.Stop));
        Assert.IsType<HoldResult.EventIsCancelled>(await HoldAsync(on, Buyer, "A-1"));
        Assert.Null((await _world.OwnerAsync(on, "A-1")).Holding);
    }

    [Theory]
    [InlineData(WriteFault.AppliedUnknown)]
    [InlineData(WriteFault.LostUnknown)]
    internal async Task A_lost_answer_does_not_lose_the_hold(WriteFault fault)
    {
        var on = await _world.OpenAsync();
        FailFirstTransaction(fault);
        var saga = await PlaceAsync(on, Buyer, "A-1");
        Assert.NotNull(await Sagas.LoadAsync(saga.CorrelationId, BookingWorld.Stop));
        Assert.Single((await _world.Get<HoldCap>().ReadAsync(Buyer, on, BookingWorld.Stop)).References);
        Assert.Equal(saga.Holding, (await _world.OwnerAsync(on, "A-1")).Holding);
    }

    [Fact]
    public async Task A_hold_that_the_store_does_not_take_leaves_nothing()
    {
        var on = await _world.OpenAsync();
        FailFirstTransaction(WriteFault.Throttled);
        await Assert.ThrowsAsync<TableThrottledException>(async () => await HoldAsync(on, Buyer, "A-1", "B-1"));
        Assert.Null((await _world.OwnerAsync(on, "A-1")).Holding);
        Assert.Empty((await _world.Get<HoldCap>().ReadAsync(Buyer, on, BookingWorld.Stop)).References);
    }

    [Fact]
    public async Task A_repeat_finds_what_its_first_try_placed()
    {
        var on = await _world.OpenAsync(change: created => created with { MaxSeatsPerUser = 2 });
        var (id, seats) = (_world.Ids.Next(), BookingWorld.SeatsOf(on, "A-1", "A-2"));
        foreach (var isRepeat in (bool[])[false, true])
        {
            var result = await _world.Get<SeatHolder>().HoldAsync(on, seats, new SeatBuyer(Buyer, Buyer, Buyer), new RequestIdentity(id, isRepeat), BookingWorld.Stop);
            Assert.Equal(id, Assert.IsType<HoldResult.Placed>(result).Saga.Holding);
        }

        Assert.Single((await _world.Get<HoldCap>().ReadAsync(Buyer, on, BookingWorld.Stop)).References);
    }

    private ValueTask<HoldResult> HoldAsync(OnSaleEvent on, string userId, params string[] positions) =>
        _world.Get<SeatHolder>().HoldAsync(on, BookingWorld.SeatsOf(on, positions), userId, userId, BookingWorld.Stop);

    private async Task<BookingSaga> PlaceAsync(OnSaleEvent on, string userId, params string[] positions) =>
        Assert.IsType<HoldResult.Placed>(await HoldAsync(on, userId, positions)).Saga;

    private void BeforeFirstTransaction(Func<Task> act)
    {
        var isFirst = true;
        _world.Table.Fault = async writes =>
        {
            if (!isFirst || writes.Count == 1)
                return null;
            isFirst = false;
            await act();
            return null;
        };
    }

    private void FailFirstTransaction(WriteFault fault)
    {
        var isFirst = true;
        _world.Table.Fault = writes =>
        {
            var result = isFirst && writes.Count > 1 ? fault : (WriteFault?)null;
            isFirst &= result is null;
            return Task.FromResult(result);
        };
    }
}
