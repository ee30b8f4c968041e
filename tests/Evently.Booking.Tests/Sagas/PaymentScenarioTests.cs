using Evently.Booking.Contracts;
using Evently.Booking.Payments;
using Evently.Booking.Sagas;
using Evently.Booking.Catalog;
using Evently.Booking.Tests.Ledger;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;

namespace Evently.Booking.Tests.Sagas;

/// <summary>However the gateway behaves and whatever is lost on the way: one charge with one booking, or no charge, or one refund.</summary>
public abstract class PaymentScenarioTests(bool isMetered) : IAsyncLifetime
{
    public sealed class WhereWritesArePaid() : PaymentScenarioTests(isMetered: true);

    public sealed class WhereTheyAreNot() : PaymentScenarioTests(isMetered: false);

    private SagaWorld _world = null!;

    private ScriptedGateway Gateway => _world.Gateway;

    private Told Told => _world.Told;

    public async ValueTask InitializeAsync() => _world = await SagaWorld.OpenAsync(isMetered: isMetered);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task A_paid_hold_is_booked_and_told_once()
    {
        var booking = await _world.HoldAsync();
        await _world.ConfirmAsync(booking);
        await _world.SettleAsync();

        Assert.Equal("Confirmed", await _world.StateAsync(booking));
        Assert.True(await _world.OwnsAsync(booking, "A-1", booked: true));
        Assert.Single(Gateway.Charges);
        var told = Assert.Single(Told.Of<BookingConfirmed>());
        Assert.Equal((9_100L, "ann", 2), (told.Total, told.UserId, told.Seats.Count));
        await _world.PassAsync(TimeSpan.FromMinutes(3));
        Assert.Empty(Told.Of<HoldEnded>());
    }

    [Fact]
    public async Task Confirms_at_once_are_one_charge()
    {
        var booking = await _world.HoldAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _world.ConfirmAsync(booking)));
        await _world.SettleAsync();

        Assert.Equal("Confirmed", await _world.StateAsync(booking));
        Assert.Single(Gateway.Charges);
        Assert.Single((await _world.LoadAsync(booking)).Attempts);
    }

    [Fact]
    public async Task A_payment_without_an_answer_is_told_as_pending_once_an_attempt_and_its_decline_too()
    {
        Gateway.OnCharge = _ => GatewayOutcome.Unknown;
        Gateway.OnLookUp = () => GatewayOutcome.Unknown;
        var booking = await _world.HoldAsync();
        await _world.ConfirmAsync(booking);
        await _world.SettleAsync();
        await _world.PassAsync(TimeSpan.FromSeconds(8));

        var begun = (await _world.LoadAsync(booking)).Attempts[0].BegunAt;
        var pending = Assert.Single(Told.Of<PaymentPending>());
        Assert.Equal((1, 9_100L, "ann", begun), (pending.Attempt, pending.Total, pending.UserId, pending.BegunAt));
        Assert.True((await _world.LoadAsync(booking)).Attempts[0].Unresolved > 2, "It was not asked again.");

        Gateway.OnLookUp = () => GatewayOutcome.Declined;
        await _world.PassAsync(TimeSpan.FromSeconds(16));
        Assert.Equal("Held", await _world.StateAsync(booking));
        Assert.Equal(1, Assert.Single(Told.Of<PendingPaymentDeclined>()).Attempt);

        Gateway.OnCharge = _ => GatewayOutcome.Declined;
        await _world.ConfirmAsync(booking);
        await _world.SettleAsync();
        Assert.Single(Told.Of<PendingPaymentDeclined>());
        Assert.Single(Told.Of<PaymentPending>());
    }

    [Fact]
    public async Task After_a_decline_another_method_is_another_key()
    {
        Gateway.OnCharge = charge => charge.Method == "empty" ? GatewayOutcome.Declined : GatewayOutcome.Captured;
        var booking = await _world.HoldAsync();
        await _world.ConfirmAsync(booking, "empty");
        await _world.SettleAsync();
        Assert.Equal("Held", await _world.StateAsync(booking));
        Assert.True(await _world.OwnsAsync(booking, "A-1", booked: false));

        await _world.ConfirmAsync(booking, "full");
        await _world.SettleAsync();
        Assert.Equal("Confirmed", await _world.StateAsync(booking));
        Assert.Equal(2, Gateway.Charges.Select(charge => charge.IdempotencyKey).Distinct().Count());
    }

    [Fact]
    public async Task A_hold_can_be_declined_so_often_and_no_more()
    {
        Gateway.OnCharge = _ => GatewayOutcome.Declined;
        var booking = await _world.HoldAsync();
        for (var i = 0; i < PaymentTiming.MaxAttempts + 3; i++)
        {
            await _world.ConfirmAsync(booking);
            await _world.SettleAsync();
        }

        Assert.Equal(PaymentTiming.MaxAttempts, Gateway.Charges.Count);
        Assert.Equal("Held", await _world.StateAsync(booking));
    }

    [Fact]
    public async Task A_charge_without_an_answer_is_looked_up_and_not_repeated_under_another_key()
    {
        Gateway.OnCharge = charge =>
        {
            Gateway.Settle(charge.IdempotencyKey);
            return GatewayOutcome.Unknown;
        };
        var booking = await _world.HoldAsync();
        await _world.ConfirmAsync(booking);
        await _world.SettleAsync();

        Assert.Equal("Confirmed", await _world.StateAsync(booking));
        Assert.Single(Gateway.Charges);
        Assert.Equal(1, Gateway.LookUps);
    }

    [Fact]
    public async Task A_charge_that_shows_up_while_the_seats_are_held_is_a_booking()
    {
        Gateway.OnCharge = _ => GatewayOutcome.Unknown;
        var booking = await _world.HoldAsync();
        await _world.ConfirmAsync(booking);
        await _world.PassAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("Charging", await _world.StateAsync(booking));

        Gateway.Settle(Gateway.Charges[0].IdempotencyKey);
        await _world.PassAsync(TimeSpan.FromSeconds(16));
        Assert.Equal("Confirmed", await _world.StateAsync(booking));
        Assert.Single(Gateway.Charges.Select(charge => charge.IdempotencyKey).Distinct());
    }

    [Fact]
    public async Task Late_money_takes_the_same_seats_again_when_they_are_free()
    {
        var booking = await UnknownPastItsHoldAsync();
        Assert.Equal("Settling", await _world.StateAsync(booking));
        Assert.True(await _world.IsFreeAsync("A-1"));
        await _world.TakeAndGiveBackAsync("A-1");

        Gateway.Settle(Gateway.Charges[0].IdempotencyKey);
        await _world.PassAsync(TimeSpan.FromSeconds(31));

        Assert.Equal("Confirmed", await _world.StateAsync(booking));
        Assert.True(await _world.OwnsAsync(booking, "A-1", booked: true));
        Assert.Empty(Gateway.Refunds);
        Assert.Empty(Told.Of<HoldEnded>());
        Assert.Single(Told.Of<BookingConfirmed>());
    }

    [Fact]
    public async Task Late_money_for_seats_that_are_gone_goes_back()
    {
        var booking = await UnknownPastItsHoldAsync();
        await _world.TakeForSomebodyElseAsync("A-2");

        Gateway.Settle(Gateway.Charges[0].IdempotencyKey);
        await _world.PassAsync(TimeSpan.FromSeconds(31));

        Assert.Equal("Failed", await _world.StateAsync(booking));
        Assert.False(await _world.OwnsAsync(booking, "A-1", booked: true));
        Assert.Single(Gateway.Refunds);
        Assert.Equal((HoldOutcome.Expired, true), Told.Of<HoldEnded>().Select(ended => (ended.Outcome, ended.Payable)).Single());
        Assert.False(Assert.Single(Told.Of<RefundCompleted>()).WasConfirmed);
        Assert.Empty(Told.Of<BookingConfirmed>());
    }

    [Fact]
    public async Task A_charge_that_never_shows_up_ends_the_hold_when_none_can_come_any_more()
    {
        var booking = await UnknownPastItsHoldAsync();
        await _world.PassAsync(PaymentTiming.SettlementWindow - TimeSpan.FromMinutes(1));
        Assert.Equal("Settling", await _world.StateAsync(booking));
        await _world.PassAsync(TimeSpan.FromMinutes(2));

        var saga = await _world.LoadAsync(booking);
        Assert.Equal(("Expired", AttemptOutcome.NotCharged), (saga.State, saga.Attempts[0].Outcome));
        Assert.True(Assert.Single(Told.Of<HoldEnded>()).Payable);
        Assert.Empty(Gateway.Refunds);
    }

    [Fact]
    public async Task While_the_gateway_is_silent_nothing_is_concluded_however_long_it_takes()
    {
        var booking = await UnknownPastItsHoldAsync();
        Gateway.OnLookUp = () => GatewayOutcome.Unknown;
        await _world.PassAsync(PaymentTiming.SettlementWindow + TimeSpan.FromMinutes(5));
        Assert.Equal("Settling", await _world.StateAsync(booking));

        Gateway.OnLookUp = () => GatewayOutcome.Declined;
        await _world.PassAsync(TimeSpan.FromSeconds(31));
        Assert.Equal("Expired", await _world.StateAsync(booking));
    }

    [Fact]
    public async Task Money_that_appears_after_the_end_was_told_goes_back()
    {
        var booking = await UnknownPastItsHoldAsync();
        await _world.PassAsync(PaymentTiming.SettlementWindow + TimeSpan.FromMinutes(1));
        Assert.Equal("Expired", await _world.StateAsync(booking));

        await _world.SendAsync(new PaymentCaptured(booking, 1));
        await _world.SettleAsync();

        Assert.Equal("Failed", await _world.StateAsync(booking));
        Assert.Single(Gateway.Refunds);
        Assert.Single(Told.Of<HoldEnded>());
        Assert.True(await _world.IsFreeAsync("A-1"));
    }

    [Fact]
    public async Task A_gateway_that_fails_for_a_while_is_asked_again_with_the_same_key()
    {
        var failures = 4;
        Gateway.OnCharge = _ => failures-- > 0 ? GatewayOutcome.Failed : GatewayOutcome.Captured;
        var booking = await _world.HoldAsync();
        await _world.ConfirmAsync(booking);
        await _world.SettleAsync();

        Assert.Equal("Confirmed", await _world.StateAsync(booking));
        Assert.Equal(5, Gateway.Charges.Count);
        Assert.Single(Gateway.Charges.Select(charge => charge.IdempotencyKey).Distinct());
    }

    [Fact]
    public async Task A_gateway_that_keeps_failing_ends_the_hold_within_a_minute_of_its_expiry()
    {
        Gateway.OnCharge = _ => GatewayOutcome.Failed;
        Gateway.OnVoid = () => GatewayOutcome.Declined;
        var booking = await _world.HoldAsync();
        await _world.ConfirmAsync(booking);
        var expiry = (await _world.LoadAsync(booking)).ExpiresAt;
        await _world.PassAsync(expiry - _world.Now + TimeSpan.FromMinutes(1));

        Assert.Equal("Expired", await _world.StateAsync(booking));
        Assert.True(await _world.IsFreeAsync("A-1"));
        Assert.Empty(Gateway.Refunds);
    }

    [Fact]
    public async Task Of_a_gateway_that_fails_and_promises_nothing_a_charge_that_shows_up_late_is_found_and_given_back()
    {
        Gateway.OnCharge = _ => GatewayOutcome.Failed;
        var booking = await _world.HoldAsync();
        await _world.ConfirmAsync(booking);
        await _world.PassAsync(TimeSpan.FromMinutes(2));
        Assert.Equal("Settling", await _world.StateAsync(booking));
        Assert.True(await _world.IsFreeAsync("A-1"));

        await _world.TakeForSomebodyElseAsync("A-1");
        Gateway.Settle((await _world.LoadAsync(booking)).CurrentAttempt!.Key);
        await _world.PassAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("Failed", await _world.StateAsync(booking));
        Assert.Single(Gateway.Refunds);
    }

    [Fact]
    public async Task A_driver_whose_gateway_recovers_after_the_seats_were_given_up_charges_nothing()
    {
        var calls = 0;
        var booking = Guid.Empty;
        Gateway.OnCharge = _ => GatewayOutcome.Failed;
        Gateway.OnChargeAsync = async () =>
        {
            if (++calls != 2)
                return;
            await _world.SendAsync(new ReleaseRequested(booking, "sam"));
            Gateway.OnCharge = _ => GatewayOutcome.Captured;
            Gateway.OnVoid = () => GatewayOutcome.Unknown;
        };
        booking = await _world.HoldAsync();
        await _world.ConfirmAsync(booking);
        await _world.SettleAsync();

        // The second call was under way; it is the one whose outcome is looked up, and no further one was begun.
        Assert.Equal(2, Gateway.Charges.Count);
    }

    [Fact]
    public async Task A_slow_report_of_a_charge_books_nothing_for_a_booking_that_was_refunded_meanwhile()
    {
        var booking = await _world.HoldAsync("ann", "A-1");
        await _world.ConfirmAsync(booking);
        var began = false;
        _world.Booking.Table.Fault = async writes =>
        {
            if (began || !writes[0].Key.Partition.StartsWith("BOOKING#L#", StringComparison.Ordinal))
                return null;
            began = true;
            await _world.SendAsync(new PaymentCaptured(booking, 1));
            await _world.SendAsync(new BookingCancelRequested(booking, "ann", "1"));
            await _world.Get<LocalBus<BookingModule>>().SendAsync(new RefundPayment(booking), BookingWorld.Stop);
            return null;
        };
        await _world.SendAsync(new PaymentCaptured(booking, 1));

        Assert.True(began);
        Assert.Equal("Refunded", await _world.StateAsync(booking));
        Assert.True(await _world.IsFreeAsync("A-1"));
    }

    [Fact]
    public async Task A_confirm_in_the_last_moment_that_is_not_committed_keeps_no_seat()
    {
        var booking = await _world.HoldAsync("ann", "A-1");
        _world.Time.Advance(_world.On.HoldDuration - TimeSpan.FromSeconds(1));
        _world.Booking.Table.Fault = _ => Task.FromResult<WriteFault?>(WriteFault.LostUnknown);
        await Assert.ThrowsAnyAsync<TableUnavailableException>(() => _world.RunAsync(_world.ConfirmAsync(booking)));
        _world.Booking.Table.Fault = _ => Task.FromResult<WriteFault?>(null);

        await _world.PassAsync(TimeSpan.FromSeconds(3));
        Assert.Equal("Expired", await _world.StateAsync(booking));
        await _world.TakeForSomebodyElseAsync("A-1");
    }

    [Fact]
    public async Task A_payment_of_an_event_that_is_cancelled_by_then_is_never_begun()
    {
        Gateway.OnVoid = () => GatewayOutcome.Declined;
        var booking = await _world.HoldAsync();
        await _world.ConfirmAsync(booking);
        var terms = EventTerms.Read(await _world.Get<ModuleTable<BookingModule>>().GetAsync(Keys.EventTerms(_world.On.Id), Consistency.Strong, BookingWorld.Stop));
        Assert.True((await _world.Get<ModuleTable<BookingModule>>().WriteAsync(terms.Cancel().Save(_world.On.Id), BookingWorld.Stop)).Applied);
        await _world.SettleAsync();

        Assert.Empty(Gateway.Charges);
        var saga = await _world.LoadAsync(booking);
        Assert.Equal(("Cancelled", "cancelled", true), (saga.State, saga.HoldingState, saga.EventWithdrawn));
        Assert.True(await _world.IsFreeAsync("A-1"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cancelled_hold_gives_its_seats_back_whoever_listens(bool messageIsLost)
    {
        var booking = await _world.HoldAsync("ann", "A-1");
        if (messageIsLost)
            _world.Booking.Table.Fault = writes => Task.FromResult<WriteFault?>(
                writes[0].Key.Partition.StartsWith("BOOKING#L#", StringComparison.Ordinal) ? WriteFault.Throttled : null);
        await _world.SendAsync(new HoldCancelRequested(booking, "ann"));
        await _world.SettleAsync();
        Assert.Equal(messageIsLost, await _world.OwnsAsync(booking, "A-1", booked: false));

        _world.Booking.Table.Fault = _ => Task.FromResult<WriteFault?>(null);
        await _world.PassAsync(PaymentTiming.ReleasePatience + TimeSpan.FromSeconds(1));
        Assert.True(await _world.IsFreeAsync("A-1"));
        Assert.Null((await _world.LoadAsync(booking)).DueAt);
    }

    [Fact]
    public async Task A_charge_whose_driver_died_is_made_while_its_seats_are_still_protected()
    {
        var booking = await _world.DieAfterBeginningToChargeAsync();
        await _world.SettleAsync();
        Assert.Empty(Gateway.Charges);

        await _world.PassAsync(PaymentTiming.DriverPatience + TimeSpan.FromSeconds(2));
        Assert.Equal("Confirmed", await _world.StateAsync(booking));
        Assert.Single(Gateway.Charges);
    }

    [Fact]
    public async Task A_charge_that_was_never_asked_for_is_ruled_out_when_the_process_was_down_too_long()
    {
        Gateway.OnVoid = () => GatewayOutcome.Declined;
        var booking = await _world.DieAfterBeginningToChargeAsync();
        _world.Time.Advance(_world.On.HoldDuration + PaymentTiming.Deadline);

        await _world.PassAsync(TimeSpan.FromSeconds(3));
        Assert.Equal("Expired", await _world.StateAsync(booking));
        Assert.Empty(Gateway.Charges);
        Assert.True(await _world.IsFreeAsync("A-1"));
        Assert.Single(Told.Of<HoldEnded>());
    }

    [Fact]
    public async Task State_decides_and_not_the_clock()
    {
        var booking = await _world.HoldAsync();
        _world.Time.Advance(TimeSpan.FromMinutes(5));
        await _world.ConfirmAsync(booking);
        await _world.SettleAsync();
        Assert.Equal("Confirmed", await _world.StateAsync(booking));
    }

    [Fact]
    public async Task A_confirm_of_seats_that_are_somebody_elses_by_now_ends_the_hold_and_charges_nothing()
    {
        var booking = await _world.HoldAsync();
        _world.Time.Advance(TimeSpan.FromMinutes(5));
        await _world.TakeForSomebodyElseAsync("A-2");
        await _world.ConfirmAsync(booking);
        await _world.SettleAsync();

        Assert.Equal("Expired", await _world.StateAsync(booking));
        Assert.Empty(Gateway.Charges);
        Assert.False(Assert.Single(Told.Of<HoldEnded>()).Payable);
    }

    [Fact]
    public async Task A_payment_that_starts_late_protects_its_seats_and_a_decline_gives_the_rest_back()
    {
        Gateway.OnCharge = _ => GatewayOutcome.Unknown;
        var booking = await _world.HoldAsync();
        _world.Time.Advance(TimeSpan.FromSeconds(58));
        await _world.ConfirmAsync(booking);
        await _world.PassAsync(TimeSpan.FromSeconds(10));
        Assert.True(await _world.OwnsAsync(booking, "A-1", booked: false));
        Assert.False(await _world.IsFreeAsync("A-1"));

        Gateway.OnLookUp = () => GatewayOutcome.Declined;
        await _world.PassAsync(TimeSpan.FromSeconds(8));
        Assert.True(_world.Now < (await _world.LoadAsync(booking)).Attempts[0].BegunAt + PaymentTiming.Deadline);
        Assert.Equal("Expired", await _world.StateAsync(booking));
        Assert.True(await _world.IsFreeAsync("A-1"));
    }

    [Fact]
    public async Task A_hold_that_nobody_confirms_expires_on_its_own()
    {
        var booking = await _world.HoldAsync();
        await _world.PassAsync(TimeSpan.FromSeconds(62));

        Assert.Equal("Expired", await _world.StateAsync(booking));
        Assert.Equal((HoldOutcome.Expired, false), Told.Of<HoldEnded>().Select(ended => (ended.Outcome, ended.Payable)).Single());
        await _world.TakeForSomebodyElseAsync("A-1", "A-2");
    }

    /// <summary>A charge without an answer whose seats were given up in time.</summary>
    private async Task<Guid> UnknownPastItsHoldAsync()
    {
        Gateway.OnCharge = _ => GatewayOutcome.Unknown;
        var booking = await _world.HoldAsync();
        await _world.ConfirmAsync(booking);
        await _world.PassAsync(TimeSpan.FromSeconds(62));
        return booking;
    }
}
