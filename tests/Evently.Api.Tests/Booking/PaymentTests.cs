namespace Evently.Api.Tests.Booking;

/// <summary>However the gateway behaves, the end is one charge with one booking, or no charge, or one refund; the gateway's own record is the witness.</summary>
public sealed class PaymentTests(SharedHost shared)
{
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(75);
    private readonly World _world = shared.World;

    [Theory]
    [InlineData("sim_ok")]
    [InlineData("sim_slow_1")]
    [InlineData("sim_unknown")]
    [InlineData("sim_error_1")]
    [InlineData("sim_error_3")]
    [InlineData("sim_late_2")]
    public async Task A_payment_that_gets_through_is_one_charge_and_one_booking(string method)
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1", "V-1");

        var confirm = await Show.ConfirmAsync(user, holding, method);

        Assert.True(confirm.Status is 200 or 202, confirm.ToString());
        await Eventually.AnswersAsync(
            () => user.Api.GetAsync($"/bookings/{Show.BookingOf(holding)}"), answer => answer.Is(200).String("state") == "confirmed", Settled);
        (await show.PaymentsAsync(Show.BookingOf(holding))).AreOneCharge(165.50m);
        Assert.Equal("booked", await show.SeatStateAsync("A-1"));
        await show.AuditAsync();
    }

    [Fact]
    public async Task A_declined_payment_is_no_charge()
    {
        var show = await _world.ShowAsync(new ShowPlan { HoldSeconds = 12 });
        var user = await _world.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1");

        (await Show.ConfirmAsync(user, holding, "sim_declined")).IsProblem(402, "payment_declined");
        await Eventually.AnswersAsync(() => user.Api.GetAsync($"/holdings/{holding}"), answer => answer.Is(200).String("state") == "expired", Settled);

        var payments = await show.PaymentsAsync(Show.BookingOf(holding));
        Assert.Empty(payments.Charges());
        Assert.Empty(payments.Refunds());
        await show.AuditAsync();
    }

    [Theory]
    [InlineData("sim_late_8")]
    [InlineData("sim_slow_8")]
    [InlineData("sim_unknown")]
    public async Task Money_that_comes_after_the_hold_has_run_out_is_a_booking_or_given_back(string method)
    {
        var show = await _world.ShowAsync(new ShowPlan { HoldSeconds = 5 });
        var (ann, bob) = (await _world.CustomerAsync(), await _world.CustomerAsync());
        var holding = await show.HoldAsync(ann, "A-1");
        var booking = Show.BookingOf(holding);

        var confirming = Show.ConfirmAsync(ann, holding, method, waitSeconds: 1);
        await show.TryHoldAsync(bob, "A-1");
        await confirming;

        await Eventually.HoldsAsync(
            async () =>
            {
                var read = await ann.Api.GetAsync($"/bookings/{booking}");
                var state = read.Status == 200 ? read.String("state") : (await ann.Api.GetAsync($"/holdings/{holding}")).Is(200).String("state");
                var payments = await show.PaymentsAsync(booking);
                Assert.True(
                    (state, payments.Charges().Count, payments.Refunds().Count) is ("confirmed", 1, 0) or ("cancelled" or "failed", 1, 1),
                    $"{state}, {string.Join(", ", payments)}");
            },
            Settled);
        await show.AuditAsync();
    }

    [Fact]
    public async Task A_gateway_that_fails_for_long_charges_once_or_never()
    {
        var show = await _world.ShowAsync(new ShowPlan { HoldSeconds = 10 });
        var user = await _world.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1");
        var booking = Show.BookingOf(holding);

        await Show.ConfirmAsync(user, holding, "sim_error_8", waitSeconds: 1);

        await Eventually.HoldsAsync(
            async () =>
            {
                var state = (await user.Api.GetAsync($"/bookings/{booking}")) is { Status: 200 } read ? read.String("state") : "none";
                var payments = await show.PaymentsAsync(booking);
                Assert.True(
                    (state, payments.Charges().Count, payments.Refunds().Count) is ("confirmed", 1, 0) or ("cancelled" or "failed" or "none", 0, 0) or ("cancelled" or "failed", 1, 1),
                    $"{state}, {string.Join(", ", payments)}");
            },
            Settled);
        await show.AuditAsync();
    }

    [Fact]
    public async Task Every_charge_of_a_booking_has_one_idempotency_key()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var booking = await show.BuyAsync(user, "A-1");

        var charge = Assert.Single((await show.PaymentsAsync(booking)).Charges());

        Assert.Equal(booking, charge.Reference);
        Assert.Equal("USD", charge.Currency);
        Assert.NotEmpty(charge.IdempotencyKey);
    }

    [Fact]
    public async Task The_gateways_record_is_for_support_and_admin()
    {
        var path = "/simulator/payments?reference=booking-00000000000000000000000000";

        Assert.Empty((await (await _world.AdminAsync()).Api.GetAsync(path)).IsJson(200).List());
        (await (await _world.CustomerAsync()).Api.GetAsync(path)).IsProblem(403, "forbidden");
        (await (await _world.OrganizerAsync()).Api.GetAsync(path)).IsProblem(403, "forbidden");
        (await _world.Anonymous.GetAsync(path)).IsProblem(401);
    }
}
