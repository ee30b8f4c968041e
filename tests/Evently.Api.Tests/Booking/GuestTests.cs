namespace Evently.Api.Tests.Booking;

public sealed class GuestTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task A_guest_holds_pays_sees_and_cancels()
    {
        var show = await _world.ShowAsync();
        var guest = await _world.GuestAsync();
        var booking = await show.BuyAsync(guest, "A-1", "A-2");

        Assert.Equal("confirmed", (await guest.Api.GetAsync($"/bookings/{booking}")).Is(200).String("state"));
        await Eventually.HoldsAsync(async () => Assert.Single((await guest.Api.GetAsync($"/user/{guest.Id}/bookings")).Is(200).List()));
        (await (await _world.GuestAsync(guest.Email)).Api.GetAsync($"/bookings/{booking}")).IsProblem(404, "booking_not_found");
        (await guest.Api.PostAsync("/venue", new { })).IsProblem(403, "forbidden");
        (await guest.Api.PostAsync($"/bookings/{booking}/cancel", new { })).Is(200);
        await show.AuditEndsCleanAsync();
    }

    [Fact]
    public async Task Guests_of_one_address_are_one_person_to_the_limits_and_strangers_to_each_other()
    {
        var show = await _world.ShowAsync(new ShowPlan { Rows = [new("A", 30, "standard")], Prices = new Dictionary<string, decimal> { ["standard"] = 10 } });
        var one = await _world.GuestAsync();
        var other = await _world.GuestAsync(one.Email.ToUpperInvariant());
        var holding = await show.HoldAsync(one, "A-1", "A-2", "A-3", "A-4", "A-5", "A-6");

        (await show.TryHoldAsync(other, "A-7", "A-8", "A-9", "A-10", "A-11")).IsProblem(429, "hold_limit");
        var second = await show.HoldAsync(other, "A-7", "A-8", "A-9", "A-10");

        Assert.Equal(holding, Assert.Single((await one.Api.GetAsync($"/user/{one.Id}/holdings")).Is(200).List()).GetProperty("holding_id").GetString());
        var seats = await show.SeatsAsync(other);
        Assert.Equal(second, seats["A-7"].GetProperty("holding_id").GetString());
        Assert.Null(seats["A-1"].GetProperty("holding_id").GetString());
        (await other.Api.GetAsync($"/holdings/{holding}")).IsProblem(404, "holding_not_found");

        // Support finds each guest's own.
        var support = await _world.SupportAsync();
        await Eventually.HoldsAsync(async () =>
        {
            var found = Assert.Single((await support.Api.GetAsync($"/support/bookings?user_id={other.Id}")).Is(200).List());
            Assert.Equal(second, found.GetProperty("holding_id").GetString());
        });

        // Whoever holds for a guest is bound by the same limit.
        (await support.Api.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-12" }, user_id = one.Id })).IsProblem(429, "hold_limit");
        Assert.Equal(second, Assert.Single((await support.Api.GetAsync($"/user/{other.Id}/holdings")).Is(200).List()).GetProperty("holding_id").GetString());
    }

    [Theory]
    [InlineData("sim_slow_3")]
    [InlineData("sim_unknown")]
    [InlineData("sim_late_3")]
    [InlineData("sim_ok")]
    public async Task Who_is_erased_while_paying_is_given_everything_back(string method)
    {
        var show = await _world.ShowAsync();
        var guest = await _world.GuestAsync();
        var holding = await show.HoldAsync(guest, "A-1");
        await show.HoldAsync(guest, "A-2");
        var confirming = Show.ConfirmAsync(guest, holding, method, waitSeconds: 0);
        if (method != "sim_ok")
            await confirming;

        // In the same moment, a booking that is made first is a reason not to.
        var erased = await guest.Api.SendAsync(HttpMethod.Delete, $"/user/{guest.Id}");
        await confirming;
        if (erased.Status != 204)
        {
            erased.IsProblem(409, "has_upcoming_bookings");
            return;
        }

        var support = await _world.SupportAsync();
        await Eventually.HoldsAsync(
            async () =>
            {
                Assert.Contains((await support.Api.GetAsync($"/bookings/{Show.BookingOf(holding)}")).Is(200).String("state"), (string[])["cancelled", "failed"]);
                var audit = await show.AuditAsync();
                Assert.Equal((0, 0), ((int)audit.Number("booked"), (int)audit.Number("held")));
                var payments = await show.PaymentsAsync(Show.BookingOf(holding));
                Assert.Equal(payments.Charges().Count, payments.Refunds().Count);
            },
            TimeSpan.FromSeconds(60));

        // And nobody waits for a replica to hear of the person.
        (await support.Api.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-3" }, user_id = guest.Id })).IsProblem(404, "user_not_found");
    }
}
