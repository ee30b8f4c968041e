using Evently.Booking.Catalog;
using Evently.Booking.Holds;
using Evently.Booking.Ledger;
using Evently.Booking.Sagas;
using Evently.Booking.Support;
using Evently.Shared.Storage;

namespace Evently.Booking.Tests.Ledger;

public sealed class LedgerAuditTests : IAsyncDisposable
{
    private readonly BookingWorld _world = new();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_sound_ledger_has_no_discrepancies_and_its_counts_add_up()
    {
        var on = await _world.OpenAsync();
        var expired = await PlaceAsync(on, "A-1");
        _world.Time.Advance(on.HoldDuration);
        await PlaceAsync(on, "B-1", "B-2");
        var booked = await PlaceAsync(on, "C-1", "D-1");
        await ConfirmAsync(on, booked);
        var audit = await AuditAsync(on);
        Assert.Empty(audit.Discrepancies);
        Assert.Equal((40, 2, 2, 36), (audit.Seats, audit.Booked, audit.Held, audit.Free));
        Assert.Equal("held", expired.HoldingState);
    }

    [Fact]
    public async Task A_booked_seat_without_a_booking_is_found()
    {
        var on = await _world.OpenAsync();
        var holding = _world.Ids.Next();
        Assert.True(await _world.RetakeAsync(on, ["A-1"], holding));
        var found = Assert.Single((await AuditAsync(on)).Discrepancies);
        Assert.Equal(("booked_without_booking", "A-1", $"holding-{holding}"), (found.Kind, found.SeatPos, found.HoldingId));
    }

    [Fact]
    public async Task A_held_seat_without_a_holding_is_found_when_it_had_time_to_get_one()
    {
        var on = await _world.OpenAsync(change: created => created with { HoldSeconds = 600 });
        Assert.True(await _world.TakeAsync(on, _world.Ids.Next(), "A-1"));
        Assert.Empty((await AuditAsync(on)).Discrepancies);
        _world.Time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal("held_without_holding", Assert.Single((await AuditAsync(on)).Discrepancies).Kind);
        _world.Time.Advance(on.HoldDuration);
        Assert.Empty((await AuditAsync(on)).Discrepancies);
    }

    [Fact]
    public async Task A_confirmed_booking_that_lost_one_of_its_seats_is_found()
    {
        var on = await _world.OpenAsync();
        var saga = await PlaceAsync(on, "A-1", "B-1");
        await ConfirmAsync(on, saga);
        await _world.Ledger.ReleaseAsync(on, ["B-1"], saga.Holding, BookingWorld.Stop);
        var found = Assert.Single((await AuditAsync(on)).Discrepancies);
        Assert.Equal(("booking_without_seat", "B-1"), (found.Kind, found.SeatPos));
    }

    [Fact]
    public async Task A_confirmed_booking_that_lost_all_of_its_seats_is_found_by_the_events_list()
    {
        var on = await _world.OpenAsync();
        var saga = await PlaceAsync(on, "A-1");
        await ConfirmAsync(on, saga);
        await _world.Ledger.ReleaseAsync(on, ["A-1"], saga.Holding, BookingWorld.Stop);
        Assert.Equal("booking_without_seat", Assert.Single((await AuditAsync(on)).Discrepancies).Kind);
    }

    [Fact]
    public async Task A_seat_that_its_booking_does_not_list_is_found()
    {
        var on = await _world.OpenAsync();
        var saga = await PlaceAsync(on, "A-1");
        Assert.True(await _world.RetakeAsync(on, ["C-1"], saga.Holding));
        Assert.Equal("seat_not_in_holding", Assert.Single((await AuditAsync(on)).Discrepancies).Kind);
    }

    [Fact]
    public async Task What_is_put_right_while_the_audit_looks_is_no_discrepancy()
    {
        var on = await _world.OpenAsync();
        var saga = await PlaceAsync(on, "A-1");
        await ConfirmAsync(on, saga);
        await _world.Ledger.ReleaseAsync(on, ["A-1"], saga.Holding, BookingWorld.Stop);
        _world.Table.BeforeGet = async () =>
        {
            _world.Table.BeforeGet = () => Task.CompletedTask;
            await _world.RetakeAsync(on, ["A-1"], saga.Holding);
        };
        Assert.Empty((await AuditAsync(on)).Discrepancies);
    }

    private ValueTask<LedgerAuditResponse> AuditAsync(OnSaleEvent on) => _world.Get<LedgerAuditor>().AuditAsync(on, BookingWorld.Stop);

    private async Task<BookingSaga> PlaceAsync(OnSaleEvent on, params string[] positions) => Assert.IsType<HoldResult.Placed>(
        await _world.Get<SeatHolder>().HoldAsync(on, BookingWorld.SeatsOf(on, positions), "user-1", "user-1", BookingWorld.Stop)).Saga;

    private async Task ConfirmAsync(OnSaleEvent on, BookingSaga saga)
    {
        Assert.True(await _world.Ledger.TryBookAsync(on, saga.Positions, saga.Holding, BookingWorld.Stop));
        await _world.Get<ModuleTable<BookingModule>>().WriteAsync(BookingListing.EntryOf(saga), BookingWorld.Stop);
        var store = _world.Get<BookingSagaStore>();
        saga.State = nameof(BookingStateMachine.Confirmed);
        var changes = store.Write(saga).Select(pair => Change.Set(pair.Key, pair.Value)).ToList();
        await _world.Get<ModuleTable<BookingModule>>().WriteAsync(Write.Update(store.KeyOf(saga.CorrelationId), changes, Condition.ItemExists), BookingWorld.Stop);
    }
}
