using Evently.Booking.Bookings;
using Evently.Booking.Contracts;
using Evently.Booking.Sagas;
using Evently.Booking.Tests.Ledger;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;

namespace Evently.Booking.Tests.Sagas;

/// <summary>Seats at a price of 0: a booking like any other, without a gateway.</summary>
public abstract class FreeBookingTests(bool isMetered) : IAsyncLifetime
{
    public sealed class WhereWritesArePaid() : FreeBookingTests(isMetered: true);

    public sealed class WhereTheyAreNot() : FreeBookingTests(isMetered: false);

    private SagaWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await SagaWorld.OpenAsync(price: 0, isMetered: isMetered);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task A_free_hold_is_booked_without_asking_the_gateway()
    {
        var booking = await _world.HoldAsync();
        await _world.ConfirmAsync(booking, "none");

        var saga = await _world.LoadAsync(booking);
        Assert.Equal("Confirmed", saga.State);
        Assert.True(await _world.OwnsAsync(booking, "A-1", booked: true));
        Assert.Equal(("confirmed", "not_required", null), (BookingResponse.From(saga).State, BookingResponse.From(saga).PaymentStatus, BookingResponse.From(saga).Refund));
        await _world.SettleAsync();
        Assert.Empty(_world.Gateway.Charges);
        Assert.Equal(0, Assert.Single(_world.Told.Of<BookingConfirmed>()).Total);
    }

    [Fact]
    public async Task A_cancelled_free_booking_frees_its_seats_and_gives_nothing_back()
    {
        var booking = await _world.HoldAsync();
        await _world.ConfirmAsync(booking, "none");
        await _world.SendAsync(new BookingCancelRequested(booking, "ann", "1"));
        Assert.Equal("cancelled", BookingResponse.From(await _world.LoadAsync(booking)).State);
        await _world.SettleAsync();

        var saga = await _world.LoadAsync(booking);
        Assert.Equal(("Refunded", null, null), (saga.State, saga.Refund, saga.DueAt));
        Assert.True(await _world.IsFreeAsync("A-1"));
        Assert.Equal(0, Assert.Single(_world.Told.Of<BookingCancelled>()).Refund);
        Assert.Empty(_world.Told.Of<RefundCompleted>());
        Assert.Empty(_world.Gateway.Refunds);
    }

    [Fact]
    public async Task A_free_confirm_that_died_before_its_commit_leaves_no_seat_booked_after_the_hold()
    {
        var booking = await _world.HoldAsync();
        Assert.True(await _world.Booking.Ledger.TryBookAsync(_world.On, ["A-1", "A-2"], (await _world.LoadAsync(booking)).Holding, BookingWorld.Stop));

        await _world.PassAsync(_world.On.HoldDuration + TimeSpan.FromSeconds(3));
        Assert.Equal("Expired", await _world.StateAsync(booking));
        Assert.True(await _world.IsFreeAsync("A-1"));
    }

    [Fact]
    public async Task A_document_of_the_first_version_that_left_out_its_zeros_is_read()
    {
        var booking = await _world.HoldAsync();
        var store = _world.Get<BookingSagaStore>();
        var saga = await _world.LoadAsync(booking);
        var document = store.Write(saga)["doc"].String;
        var old = document.Replace("\"Total\":0,", "", StringComparison.Ordinal).Replace(",\"Price\":0", "", StringComparison.Ordinal);
        Assert.True(old.Length < document.Length - 20);

        var attributes = new Dictionary<string, Value> { ["state"] = saga.State, ["doc"] = old };
        var read = store.Read(new Item(store.KeyOf(booking), attributes));
        Assert.Equal((0L, 0L), (read.Total, read.Seats[0].Price));
    }
}
