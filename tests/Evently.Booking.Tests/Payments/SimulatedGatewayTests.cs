using Evently.Booking.Payments;
using Evently.Shared.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Booking.Tests.Payments;

public sealed class SimulatedGatewayTests
{
    private const string Booking = "booking-01K0000000000000000000000A";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 5, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly ModuleTable<BookingModule> _table;
    private SimulatedGateway _gateway;

    public SimulatedGatewayTests()
    {
        _table = new ModuleTable<BookingModule>(new MemoryTableEngine(_time));
        _gateway = new SimulatedGateway(_table, _time);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_good_charge_is_captured_once_however_often_it_is_asked_for()
    {
        for (var i = 0; i < 3; i++)
            Assert.Equal(GatewayOutcome.Captured, await ChargeAsync("sim_ok"));
        var payment = Assert.Single(await ListAsync());
        Assert.Equal(("charge", 4_550L, "EUR", "captured", "k1"), (payment.Kind, payment.Amount, payment.Currency, payment.State, payment.IdempotencyKey));
    }

    [Fact]
    public async Task A_key_that_was_declined_stays_declined_whatever_method_it_comes_with()
    {
        Assert.Equal(GatewayOutcome.Declined, await ChargeAsync("sim_declined"));
        Assert.Equal(GatewayOutcome.Declined, await ChargeAsync("sim_ok"));
        Assert.Equal(GatewayOutcome.Declined, await LookUpAsync());
        Assert.Equal("declined", Assert.Single(await ListAsync()).State);
    }

    [Fact]
    public async Task A_key_that_was_voided_before_its_charge_never_moves_money()
    {
        Assert.Equal(GatewayOutcome.Declined, await VoidAsync());
        Assert.Equal(GatewayOutcome.Declined, await ChargeAsync("sim_ok"));
        Assert.Equal("declined", Assert.Single(await ListAsync()).State);
    }

    [Fact]
    public async Task A_charge_that_is_on_its_way_cannot_be_voided()
    {
        var charge = ChargeAsync("sim_late_5");
        Assert.Equal(GatewayOutcome.Unknown, await VoidAsync());
        _time.Advance(SimulatedGateway.Silence + TimeSpan.FromSeconds(5));
        Assert.Equal(GatewayOutcome.Unknown, await charge);
        Assert.Equal(GatewayOutcome.Captured, await VoidAsync());
        Assert.Equal(GatewayOutcome.Captured, await LookUpAsync());
    }

    [Fact]
    public async Task A_slow_charge_answers_when_its_time_has_come()
    {
        var charge = ChargeAsync("sim_slow_3");
        _time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(charge.IsCompleted);
        Assert.Equal(GatewayOutcome.NotFound, await LookUpAsync());
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(GatewayOutcome.Captured, await charge);
        Assert.Equal(GatewayOutcome.Captured, await LookUpAsync());
    }

    [Fact]
    public async Task An_unknown_charge_went_through_although_nobody_answered()
    {
        var charge = ChargeAsync("sim_unknown");
        _time.Advance(SimulatedGateway.Silence);
        Assert.Equal(GatewayOutcome.Unknown, await charge);
        Assert.Equal(GatewayOutcome.Captured, await LookUpAsync());
    }

    [Fact]
    public async Task A_late_charge_goes_through_after_the_silence_across_a_restart_too()
    {
        var charge = ChargeAsync("sim_late_5");
        _time.Advance(SimulatedGateway.Silence);
        Assert.Equal(GatewayOutcome.Unknown, await charge);
        Assert.Equal(GatewayOutcome.NotFound, await LookUpAsync());
        Assert.Equal("pending", Assert.Single(await ListAsync()).State);

        _gateway = new SimulatedGateway(_table, _time);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(GatewayOutcome.Captured, await LookUpAsync());
        Assert.Equal("captured", Assert.Single(await ListAsync()).State);
    }

    [Fact]
    public async Task A_late_charge_is_not_put_off_by_asking_again()
    {
        var first = ChargeAsync("sim_late_5");
        _time.Advance(TimeSpan.FromSeconds(4));
        await first;
        var second = ChargeAsync("sim_late_5");
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(GatewayOutcome.Unknown, await second);
        Assert.Equal(GatewayOutcome.Captured, await LookUpAsync());
        Assert.Single(await ListAsync());
    }

    [Fact]
    public async Task An_error_fails_so_often_and_then_works_for_charge_and_refund_each()
    {
        Assert.Equal(GatewayOutcome.Failed, await ChargeAsync("sim_error_2"));
        Assert.Equal("failed", Assert.Single(await ListAsync()).State);
        Assert.Equal(GatewayOutcome.NotFound, await LookUpAsync());
        _gateway = new SimulatedGateway(_table, _time);
        Assert.Equal(GatewayOutcome.Failed, await ChargeAsync("sim_error_2"));
        Assert.Equal(GatewayOutcome.Captured, await ChargeAsync("sim_error_2"));

        Assert.Equal([GatewayOutcome.Failed, GatewayOutcome.Failed, GatewayOutcome.Captured, GatewayOutcome.Captured], [
            await RefundAsync(), await RefundAsync(), await RefundAsync(), await RefundAsync()]);
        Assert.Equal([("charge", "captured"), ("refund", "refunded")], (await ListAsync()).Select(payment => (payment.Kind, payment.State)).Order());
    }

    [Fact]
    public async Task What_was_not_captured_is_not_refunded()
    {
        Assert.Equal(GatewayOutcome.Declined, await RefundAsync());
        await ChargeAsync("sim_declined");
        Assert.Equal(GatewayOutcome.Declined, await RefundAsync());
        Assert.DoesNotContain(await ListAsync(), payment => payment.Kind == "refund");
    }

    [Theory]
    [InlineData("sim_ok", true)]
    [InlineData("sim_slow_0", true)]
    [InlineData("sim_late_300", true)]
    [InlineData("sim_error_20", true)]
    [InlineData("sim_late_301", false)]
    [InlineData("sim_slow_-1", false)]
    [InlineData("sim_slow_+1", false)]
    [InlineData("sim_slow_ 1", false)]
    [InlineData("sim_slow_1.5", false)]
    [InlineData("sim_slow_", false)]
    [InlineData("sim_slow_99999999999999999999", false)]
    [InlineData("SIM_OK", false)]
    [InlineData("sim_ok ", false)]
    [InlineData("visa", false)]
    [InlineData("", false)]
    public void Only_these_methods_are_known(string method, bool known) => Assert.Equal(known, _gateway.Refuses(method) is null);

    [Fact]
    public void Every_late_charge_shows_up_within_the_settlement_window() =>
        Assert.True(TimeSpan.FromSeconds(SimulatedMethod.MaxNumber) + SimulatedGateway.Silence < Evently.Booking.Sagas.PaymentTiming.SettlementWindow);

    private async Task<GatewayOutcome> ChargeAsync(string method) =>
        (await _gateway.ChargeAsync(new ChargeRequest(Booking, "k1", 4_550, "EUR", method), Stop)).Outcome;

    private async Task<GatewayOutcome> VoidAsync() =>
        (await _gateway.VoidAsync(new ChargeRequest(Booking, "k1", 4_550, "EUR", "sim_ok"), Stop)).Outcome;

    private async Task<GatewayOutcome> LookUpAsync() => (await _gateway.LookUpAsync(Booking, "k1", Stop)).Outcome;

    private async Task<GatewayOutcome> RefundAsync() => (await _gateway.RefundAsync(new RefundRequest(Booking, "r1", "k1", 4_550, "EUR"), Stop)).Outcome;

    private async Task<IReadOnlyList<SimulatedPayment>> ListAsync() => await _gateway.ListAsync(Booking, Stop);
}
