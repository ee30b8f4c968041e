using Evently.Booking.Payments;
using Evently.Booking.Tests.Ledger;

namespace Evently.Booking.Tests.Sagas;

/// <summary>The saga and the simulated gateway together, in virtual time; the gateway's own record is the witness.</summary>
public sealed class SimulatedPaymentTests
{
    [Theory]
    [InlineData("sim_ok", 0)]
    [InlineData("sim_slow_3", 5)]
    [InlineData("sim_slow_15", 20)]
    [InlineData("sim_unknown", 2)]
    [InlineData("sim_late_8", 30)]
    [InlineData("sim_late_200", 240)]
    [InlineData("sim_error_1", 2)]
    [InlineData("sim_error_8", 30)]
    public async Task However_it_goes_through_it_is_one_charge_and_one_booking(string method, int seconds)
    {
        await using var world = await SagaWorld.OpenAsync(simulated: true);
        var booking = await world.HoldAsync();
        await world.ConfirmAsync(booking, method);
        await world.SettleAsync();
        await world.PassAsync(TimeSpan.FromSeconds(seconds));

        Assert.Equal("Confirmed", await world.StateAsync(booking));
        var payment = Assert.Single(await PaymentsAsync(world, booking));
        Assert.Equal(("charge", 9_100L, "captured"), (payment.Kind, payment.Amount, payment.State));
        Assert.True(await world.OwnsAsync(booking, "A-1", booked: true));
    }

    [Theory]
    [InlineData("sim_late_100")]
    [InlineData("sim_slow_100")]
    public async Task Money_that_comes_when_its_seats_are_sold_goes_back_once(string method)
    {
        await using var world = await SagaWorld.OpenAsync(simulated: true);
        var booking = await world.HoldAsync();
        await world.ConfirmAsync(booking, method);
        await world.SettleAsync();
        await world.PassAsync(TimeSpan.FromSeconds(62));
        await world.TakeForSomebodyElseAsync("A-1");
        await world.PassAsync(TimeSpan.FromSeconds(80));

        Assert.Equal("Failed", await world.StateAsync(booking));
        Assert.Equal([("charge", "captured"), ("refund", "refunded")], (await PaymentsAsync(world, booking)).Select(payment => (payment.Kind, payment.State)));
    }

    private static async Task<IReadOnlyList<SimulatedPayment>> PaymentsAsync(SagaWorld world, Guid booking) =>
        await world.Get<SimulatedGateway>().ListAsync((await world.LoadAsync(booking)).BookingId, BookingWorld.Stop);
}
