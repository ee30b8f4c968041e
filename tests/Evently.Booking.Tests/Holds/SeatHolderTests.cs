using Evently.Booking.Catalog;
using Evently.Booking.Holds;
using Evently.Booking.Ledger;
using Evently.Booking.Sagas;
using Evently.Booking.Seats;
using Evently.Booking.Tests.Ledger;
using Evently.Events.Contracts;
using Evently.Shared.Http;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;

namespace Evently.Booking.Tests.Holds;

public sealed class SeatHolderTests : IAsyncDisposable
{
    private const string Buyer = "user-buyer";
    private readonly BookingWorld _world = new();

    private SeatHolder Holder => _world.Get<SeatHolder>();

    private SagaTable<BookingModule, BookingSaga> Sagas => _world.Get<SagaTable<BookingModule, BookingSaga>>();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_hold_costs_one_write_each_of_the_page_that_watches_it_the_seats_the_users_list_and_the_saga()
    {
        var on = await _world.OpenAsync();
        _world.Table.Forget();
        await PlaceAsync(on, Buyer, "A-1", "A-2");
        Assert.Equal(["write watch", "write ledger", "write user", "write saga"], _world.Table.Calls);
    }

    [Fact]
    public async Task A_list_that_this_process_has_not_seen_is_found_when_the_hold_is_entered_and_counts()
    {
        var on = await _world.OpenAsync();
        var elsewhere = new HoldingReference(_world.Ids.Next(), SeatClaim.UnitsOf(_world.Now.AddHours(1)), 9);
        await _world.Get<ModuleTable<BookingModule>>().WriteAsync(
            UserHoldings.Read(null).Append(elsewhere).Save(Keys.UserHoldings(Buyer, on.Id), _world.Now.AddDays(1)), BookingWorld.Stop);

        await PlaceAsync(on, Buyer, "A-1");
        Assert.Equal(2, (await _world.Get<HoldCap>().ReadAsync(Buyer, on, BookingWorld.Stop)).References.Count);

        // It had nine seats and has ten: that instance's saga is not here, so that it is looked for and counts for ten seconds.
        Assert.IsType<HoldResult.LimitReached>(await HoldAsync(on, Buyer, "A-2"));
    }

    [Fact]
    public async Task A_hold_of_seats_that_are_known_to_be_gone_touches_no_table()
    {
        var on = await _world.OpenAsync();
        await PlaceAsync(on, Buyer, "A-1", "A-2");
        await _world.Get<SeatMaps>().GetAsync(on, BookingWorld.Stop);
        _world.Table.Forget();
        var refused = Assert.IsType<HoldResult.SeatsUnavailable>(await HoldAsync(on, "user-other", "A-3", "A-2", "A-1"));
        Assert.Equal(["A-2", "A-1"], refused.Seats.Select(seat => seat.SeatPos));
        Assert.Empty(_world.Table.Calls);
    }

    [Fact]
    public async Task A_snapshot_refuses_no_longer_than_the_hold_lasts()
    {
        var on = await _world.OpenAsync();
        await PlaceAsync(on, Buyer, "A-1");
        await _world.Get<SeatMaps>().GetAsync(on, BookingWorld.Stop);
        _world.Time.Advance(on.HoldDuration);
        await PlaceAsync(on, "user-other", "A-1");
    }

    [Fact]
    public async Task Where_others_write_too_a_stale_snapshot_refuses_nothing_that_is_free()
    {
        await using var world = new BookingWorld(shared: true);
        var on = await world.OpenAsync();
        var holding = world.Ids.Next();
        Assert.True(await world.TakeAsync(on, holding, "A-1"));
        await world.Get<SeatMaps>().GetAsync(on, BookingWorld.Stop);
        await world.LedgerOfAnotherInstance().ReleaseAsync(on, ["A-1"], holding, BookingWorld.Stop);
        Assert.IsType<HoldResult.Placed>(await world.Get<SeatHolder>().HoldAsync(on, BookingWorld.SeatsOf(on, "A-1"), Buyer, Buyer, BookingWorld.Stop));
    }

    [Fact]
    public async Task The_saga_has_the_prices_of_the_moment_and_the_expiry_that_the_ledger_has()
    {
        var on = await _world.OpenAsync();
        var saga = await PlaceAsync(on, Buyer, "B-2", "A-1");
        var stored = await Sagas.LoadAsync(saga.CorrelationId, BookingWorld.Stop);
        Assert.NotNull(stored);
        Assert.Equal("held", stored.HoldingState);
        Assert.Equal([new("B-2", "regular", 4_550), new SagaSeat("A-1", "regular", 4_550)], stored.Seats);
        Assert.Equal((9_100, "EUR", Buyer), (stored.Total, stored.Currency, stored.UserId));
        var owner = await _world.OwnerAsync(on, "A-1");
        Assert.Equal((stored.Holding, stored.ExpiresAt), (owner.Holding, owner.ExpiresAt));
        Assert.Equal(stored.ExpiresAt, stored.DueAt);
        Assert.Equal(stored.Holding.Time, stored.HeldAt);
    }

    [Fact]
    public async Task A_user_holds_ten_seats_of_an_event_and_no_more()
    {
        var on = await _world.OpenAsync();
        await PlaceAsync(on, Buyer, "A-1", "A-2", "A-3", "A-4", "A-5", "A-6");
        await PlaceAsync(on, Buyer, "B-1", "B-2", "B-3");
        _world.Table.Forget();
        var refused = Assert.IsType<HoldResult.LimitReached>(await HoldAsync(on, Buyer, "C-1", "C-2"));
        Assert.Equal(on.HoldDuration, refused.RetryAfter);
        Assert.DoesNotContain(_world.Table.Calls, call => call.StartsWith("write", StringComparison.Ordinal));
        await PlaceAsync(on, Buyer, "C-1");
        await PlaceAsync(on, "user-other", "C-2", "C-3");
        await PlaceAsync(await _world.OpenAsync(), Buyer, "A-1", "A-2");
    }

    [Fact]
    public async Task Holds_that_expired_no_longer_count()
    {
        var on = await _world.OpenAsync();
        var saga = await PlaceAsync(on, Buyer, [.. Enumerable.Range(1, 10).Select(number => $"A-{number}")]);
        _world.Time.Advance(on.HoldDuration);
        await SetStateAsync(saga, nameof(BookingStateMachine.Expired));
        await PlaceAsync(on, Buyer, [.. Enumerable.Range(1, 10).Select(number => $"B-{number}")]);
    }

    [Theory]
    [InlineData("ledger")]
    [InlineData("user")]
    [InlineData("saga")]
    public async Task A_repeat_finds_what_its_first_try_did_wherever_that_was_cut_off(string after)
    {
        var on = await _world.OpenAsync(change: created => created with { MaxSeatsPerUser = 2 });
        var id = _world.Ids.Next();
        var wrote = false;
        _world.Table.Fault = writes =>
        {
            // A dead process writes nothing more, not even to give back.
            var dead = wrote;
            wrote |= KindOf(writes[0].Key.Partition) == after;
            return Task.FromResult<WriteFault?>(dead ? WriteFault.Throttled : null);
        };
        var seats = BookingWorld.SeatsOf(on, "A-1", "A-2");
        try
        {
            await _world.Get<SeatHolder>().HoldAsync(on, seats, new SeatBuyer(Buyer, Buyer, Buyer), new RequestIdentity(id, IsRepeat: false), BookingWorld.Stop);
        }
        catch (TableThrottledException)
        {
            Assert.NotEqual("saga", after);
        }

        _world.Table.Fault = _ => Task.FromResult<WriteFault?>(null);
        await _world.Get<SeatMaps>().GetAsync(on, BookingWorld.Stop);
        var repeat = await _world.Get<SeatHolder>().HoldAsync(on, seats, new SeatBuyer(Buyer, Buyer, Buyer), new RequestIdentity(id, IsRepeat: true), BookingWorld.Stop);
        Assert.Equal(id, Assert.IsType<HoldResult.Placed>(repeat).Saga.Holding);
        Assert.Equal(id, (await _world.OwnerAsync(on, "A-2")).Holding);

        static string KindOf(string partition) => partition.Split('#')[1] switch { "L" => "ledger", var kind => kind.ToLowerInvariant() };
    }

    [Fact]
    public async Task Seats_that_a_payment_protects_beyond_the_end_of_the_hold_still_count()
    {
        var on = await _world.OpenAsync();
        var saga = await PlaceAsync(on, Buyer, [.. Enumerable.Range(1, 10).Select(number => $"A-{number}")]);
        await SetStateAsync(saga, nameof(BookingStateMachine.Charging));
        _world.Time.Advance(on.HoldDuration + TimeSpan.FromSeconds(1));
        Assert.IsType<HoldResult.LimitReached>(await HoldAsync(on, Buyer, "B-1"));
    }

    [Fact]
    public async Task Where_one_booking_may_have_more_seats_so_may_one_person_hold()
    {
        var on = await _world.OpenAsync(seatsInRow: 12, change: created => created with { MaxSeatsPerBooking = 12 });
        await PlaceAsync(on, Buyer, [.. Enumerable.Range(1, 12).Select(number => $"A-{number}")]);
        Assert.Equal(12, Assert.IsType<HoldResult.LimitReached>(await HoldAsync(on, Buyer, "B-1")).Max);
    }

    [Fact]
    public async Task An_event_limits_what_one_person_has_in_all_held_and_booked()
    {
        var on = await _world.OpenAsync(change: created => created with { MaxSeatsPerUser = 3 });
        var booked = await PlaceAsync(on, Buyer, "A-1", "A-2");
        await SetStateAsync(booked, nameof(BookingStateMachine.Confirmed));
        _world.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(3, Assert.IsType<HoldResult.UserLimitReached>(await HoldAsync(on, Buyer, "B-1", "B-2")).Max);
        var held = await PlaceAsync(on, Buyer, "B-1");
        Assert.IsType<HoldResult.UserLimitReached>(await HoldAsync(on, Buyer, "B-2"));
        await PlaceAsync(on, "user-other", "C-1", "C-2", "C-3");

        await SetStateAsync(booked, nameof(BookingStateMachine.Refunded));
        await SetStateAsync(held, nameof(BookingStateMachine.Expired));
        await PlaceAsync(on, Buyer, "D-1", "D-2", "D-3");
    }

    [Fact]
    public async Task Holds_that_ended_early_make_room_when_room_is_needed()
    {
        var on = await _world.OpenAsync();
        var saga = await PlaceAsync(on, Buyer, [.. Enumerable.Range(1, 10).Select(number => $"A-{number}")]);
        Assert.IsType<HoldResult.LimitReached>(await HoldAsync(on, Buyer, "B-1"));
        await SetStateAsync(saga, nameof(BookingStateMachine.Cancelled));
        await PlaceAsync(on, Buyer, "B-1");
    }

    [Fact]
    public async Task Two_holds_of_a_user_that_race_past_the_cap_leave_one_of_them_and_no_seat_of_the_other()
    {
        var on = await _world.OpenAsync();
        var first = true;
        _world.Table.Fault = async writes =>
        {
            // Between the first hold's seats and its entry the second one is placed completely.
            if (!first || !writes[0].Key.Partition.Contains("#USER#", StringComparison.Ordinal))
                return null;
            first = false;
            await PlaceAsync(on, Buyer, "B-1", "B-2", "B-3", "B-4", "B-5", "B-6");
            return null;
        };
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
        var owned = 0;
        await foreach (var _ in _world.Ledger.ReadAllTakenAsync(on, BookingWorld.Stop))
            owned++;
        Assert.Equal(10, owned);
    }

    [Theory]
    [InlineData(WriteFault.AppliedUnknown, "#USER#")]
    [InlineData(WriteFault.LostUnknown, "#USER#")]
    [InlineData(WriteFault.AppliedUnknown, "#SAGA#")]
    [InlineData(WriteFault.LostUnknown, "#SAGA#")]
    internal async Task A_lost_answer_on_the_way_does_not_lose_the_hold(WriteFault fault, string kind)
    {
        var on = await _world.OpenAsync();
        FailOnce(kind, fault);
        var saga = await PlaceAsync(on, Buyer, "A-1");
        Assert.NotNull(await Sagas.LoadAsync(saga.CorrelationId, BookingWorld.Stop));
        Assert.Single((await _world.Get<HoldCap>().ReadAsync(Buyer, on, BookingWorld.Stop)).References);
    }

    [Theory]
    [InlineData("#USER#")]
    [InlineData("#SAGA#")]
    public async Task A_hold_that_cannot_be_entered_gives_its_seats_back(string kind)
    {
        var on = await _world.OpenAsync();
        FailOnce(kind, WriteFault.Throttled);
        await Assert.ThrowsAsync<TableThrottledException>(async () => await HoldAsync(on, Buyer, "A-1", "B-1"));
        Assert.Null((await _world.OwnerAsync(on, "A-1")).Holding);
        Assert.Null((await _world.OwnerAsync(on, "B-1")).Holding);
    }

    [Fact]
    public async Task A_client_that_hangs_up_after_the_seats_were_taken_leaves_a_whole_hold_behind()
    {
        var on = await _world.OpenAsync();
        using var client = new CancellationTokenSource();
        _world.Table.Fault = async writes =>
        {
            if (writes[0].Key.Partition.Contains("#USER#", StringComparison.Ordinal))
                await client.CancelAsync();
            return null;
        };
        var placed = Assert.IsType<HoldResult.Placed>(await Holder.HoldAsync(on, BookingWorld.SeatsOf(on, "A-1"), Buyer, Buyer, client.Token));
        Assert.NotNull(await Sagas.LoadAsync(placed.Saga.CorrelationId, BookingWorld.Stop));
    }

    [Fact]
    public async Task An_event_that_is_cancelled_while_its_seats_are_taken_keeps_none_of_them_held()
    {
        var on = await _world.OpenAsync();
        _world.Table.Fault = async writes =>
        {
            if (writes[0].Key.Partition.Contains("#USER#", StringComparison.Ordinal))
                await new CatalogConsumer(_world.Get<ModuleTable<BookingModule>>(), _world.Get<EventCatalog>())
                    .ApplyAsync(new EventCancelled(on.EventId, _world.Now, "user-organizer"), BookingWorld.Stop);
            return null;
        };
        Assert.IsType<HoldResult.EventIsCancelled>(await HoldAsync(on, Buyer, "A-1"));
        Assert.Null((await _world.OwnerAsync(on, "A-1")).Holding);
    }

    private ValueTask<HoldResult> HoldAsync(OnSaleEvent on, string userId, params string[] positions) =>
        Holder.HoldAsync(on, BookingWorld.SeatsOf(on, positions), userId, userId, BookingWorld.Stop);

    private async Task<BookingSaga> PlaceAsync(OnSaleEvent on, string userId, params string[] positions) =>
        Assert.IsType<HoldResult.Placed>(await HoldAsync(on, userId, positions)).Saga;

    private async Task SetStateAsync(BookingSaga saga, string state)
    {
        var store = _world.Get<BookingSagaStore>();
        saga.State = state;
        var changes = store.Write(saga).Select(pair => Change.Set(pair.Key, pair.Value)).ToList();
        await _world.Get<ModuleTable<BookingModule>>().WriteAsync(Write.Update(store.KeyOf(saga.CorrelationId), changes, Condition.ItemExists), BookingWorld.Stop);
    }

    private void FailOnce(string kind, WriteFault fault)
    {
        var hasFailed = false;
        _world.Table.Fault = writes =>
        {
            if (hasFailed || !writes[0].Key.Partition.Contains(kind, StringComparison.Ordinal))
                return Task.FromResult<WriteFault?>(null);
            hasFailed = true;
            return Task.FromResult<WriteFault?>(fault);
        };
    }
}
