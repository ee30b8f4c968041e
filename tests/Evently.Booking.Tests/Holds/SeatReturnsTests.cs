using Evently.Booking.Catalog;
using Evently.Booking.Holds;
using Evently.Booking.Sagas;
using Evently.Booking.Tests.Ledger;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;

namespace Evently.Booking.Tests.Holds;

/// <summary>Holds that fail while the store can be neither asked nor told.</summary>
public sealed class SeatReturnsTests : IAsyncDisposable
{
    private const string Buyer = "user-buyer";
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(10);
    private readonly BookingWorld _world = new();

    private SeatReturns Returns => _world.Get<SeatReturns>();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData(WriteFault.AppliedUnknown, 2)]
    [InlineData(WriteFault.LostUnknown, 0)]
    internal async Task Seats_whose_taking_has_no_answer_and_can_t_be_looked_at_are_free_again_seconds_after_the_outage(WriteFault fault, int freed)
    {
        var on = await _world.OpenAsync();
        BreakOn("#L#", fault);
        await Assert.ThrowsAnyAsync<TableUnavailableException>(() => HoldAsync(on, _world.Ids.Next(), isRepeat: false));

        // The outage goes on past the time that a lost write may still arrive.
        _world.Time.Advance(Settled);
        await Assert.ThrowsAnyAsync<TableUnavailableException>(() => Returns.RunOnceAsync(BookingWorld.Stop));
        Mend();

        Assert.Equal(freed, await Returns.RunOnceAsync(BookingWorld.Stop));
        Assert.Null((await _world.OwnerAsync(on, "A-1")).Holding);
        Assert.Equal(0, Returns.Count);
    }

    [Fact]
    public async Task Nothing_is_decided_while_the_lost_write_may_still_arrive()
    {
        var on = await _world.OpenAsync();
        BreakOn("#L#", WriteFault.AppliedUnknown);
        await Assert.ThrowsAnyAsync<TableUnavailableException>(() => HoldAsync(on, _world.Ids.Next(), isRepeat: false));
        Mend();

        _world.Time.Advance(Settled - TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, await Returns.RunOnceAsync(BookingWorld.Stop));
        Assert.Equal(1, Returns.Count);
    }

    /// <summary>The repeat's hold lasts longer than the first try's claim; that claim is gone, and with it the reason to give back.</summary>
    [Fact]
    public async Task A_repeat_that_gets_through_keeps_the_seats_to_its_own_end()
    {
        var on = await _world.OpenAsync();
        var id = _world.Ids.Next();
        BreakOn("#L#", WriteFault.AppliedUnknown);
        await Assert.ThrowsAnyAsync<TableUnavailableException>(() => HoldAsync(on, id, isRepeat: false));
        Mend();
        _world.Time.Advance(TimeSpan.FromSeconds(3));
        var placed = Assert.IsType<HoldResult.Placed>(await HoldAsync(on, id, isRepeat: true));

        _world.Time.Advance(Settled);
        Assert.Equal(0, await Returns.RunOnceAsync(BookingWorld.Stop));

        var owner = await _world.OwnerAsync(on, "A-1");
        Assert.Equal((id, placed.Saga.ExpiresAt), (owner.Holding, owner.ExpiresAt));
    }

    /// <summary>The instance that was repeated to does not know of the first try: the claims tell them apart.</summary>
    [Fact]
    public async Task A_repeat_that_has_taken_the_seats_and_not_yet_stored_its_saga_keeps_them()
    {
        var on = await _world.OpenAsync();
        var id = _world.Ids.Next();
        BreakOn("#L#", WriteFault.AppliedUnknown);
        await Assert.ThrowsAnyAsync<TableUnavailableException>(() => HoldAsync(on, id, isRepeat: false));
        Mend();
        _world.Time.Advance(Settled);
        Assert.True(await _world.TakeAsync(on, id, "A-1", "B-1"));

        Assert.Equal(0, await Returns.RunOnceAsync(BookingWorld.Stop));

        Assert.Equal(id, (await _world.OwnerAsync(on, "A-1")).Holding);
    }

    [Fact]
    public async Task A_saga_that_was_stored_in_spite_of_the_lost_answer_keeps_its_seats()
    {
        var on = await _world.OpenAsync();
        var id = _world.Ids.Next();
        _world.Table.Fault = writes => Task.FromResult<WriteFault?>(writes[0].Key.Partition.Contains("#SAGA#", StringComparison.Ordinal) ? WriteFault.AppliedUnknown : null);
        await Assert.ThrowsAnyAsync<TableUnavailableException>(() => HoldAsync(on, id, isRepeat: false));
        Mend();

        _world.Time.Advance(Settled);
        Assert.Equal(0, await Returns.RunOnceAsync(BookingWorld.Stop));

        Assert.Equal(id, (await _world.OwnerAsync(on, "A-1")).Holding);
        Assert.NotNull(await _world.Get<SagaTable<BookingModule, BookingSaga>>().LoadAsync(id.ToGuid(), BookingWorld.Stop));
    }

    [Fact]
    public async Task Seats_that_could_not_be_given_back_at_once_are_later()
    {
        var on = await _world.OpenAsync();
        var isTaken = false;
        _world.Table.Fault = writes =>
        {
            var fault = isTaken ? WriteFault.Throttled : (WriteFault?)null;
            isTaken = true;
            return Task.FromResult(fault);
        };
        await Assert.ThrowsAnyAsync<TableUnavailableException>(() => HoldAsync(on, _world.Ids.Next(), isRepeat: false));
        Assert.NotNull((await _world.OwnerAsync(on, "A-1")).Holding);
        Mend();

        _world.Time.Advance(Settled);
        Assert.Equal(2, await Returns.RunOnceAsync(BookingWorld.Stop));
        Assert.Null((await _world.OwnerAsync(on, "A-1")).Holding);
    }

    [Fact]
    public async Task What_has_ended_by_itself_is_forgotten()
    {
        var on = await _world.OpenAsync();
        BreakOn("#L#", WriteFault.AppliedUnknown);
        await Assert.ThrowsAnyAsync<TableUnavailableException>(() => HoldAsync(on, _world.Ids.Next(), isRepeat: false));

        _world.Time.Advance(on.HoldDuration);
        Assert.Equal(0, await Returns.RunOnceAsync(BookingWorld.Stop));
        Assert.Equal(0, Returns.Count);
    }

    private Task<HoldResult> HoldAsync(OnSaleEvent on, Ulid id, bool isRepeat) =>
        _world.Get<SeatHolder>().HoldAsync(on, BookingWorld.SeatsOf(on, "A-1", "B-1"), new SeatBuyer(Buyer, Buyer, Buyer), new RequestIdentity(id, isRepeat), BookingWorld.Stop).AsTask();

    /// <summary>From the first write of this kind on the store neither answers nor can be read.</summary>
    private void BreakOn(string kind, WriteFault fault)
    {
        var isDown = false;
        _world.Table.Fault = writes =>
        {
            if (!isDown && !writes[0].Key.Partition.Contains(kind, StringComparison.Ordinal))
                return Task.FromResult<WriteFault?>(null);
            (var first, isDown) = (!isDown, true);
            return Task.FromResult<WriteFault?>(first ? fault : WriteFault.Throttled);
        };
        _world.Table.BeforeRead = () => isDown ? throw new TableUnavailableException("The store is down.") : Task.CompletedTask;
    }

    private void Mend()
    {
        _world.Table.Fault = _ => Task.FromResult<WriteFault?>(null);
        _world.Table.BeforeRead = () => Task.CompletedTask;
    }
}
