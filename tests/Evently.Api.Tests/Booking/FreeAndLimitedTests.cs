namespace Evently.Api.Tests.Booking;

/// <summary>Free seats, limits on a person, and the end of sales, as clients see them.</summary>
public sealed class FreeAndLimitedTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task A_free_seat_is_booked_with_any_method_or_none_and_cancelled_without_a_refund()
    {
        var show = await _world.ShowAsync(new ShowPlan { Prices = new Dictionary<string, decimal> { ["standard"] = 0m, ["vip"] = 120m } });
        var user = await _world.CustomerAsync();
        foreach (var (seat, body) in new (string, object)[] { ("A-1", new { }), ("A-2", new { payment_method = "sim_declined" }) })
        {
            var holding = await show.HoldAsync(user, seat);
            var booking = (await user.Api.PostAsync($"/{holding}/confirm", body)).Is(200);
            Assert.Equal(("confirmed", "not_required"), (booking.String("state"), booking.String("payment_status")));
            Assert.Empty(await show.PaymentsAsync(booking.String("booking_id")));
            var cancelled = (await user.Api.PostAsync($"/bookings/{booking.String("booking_id")}/cancel")).Is(200);
            Assert.Equal("null", cancelled["refund"].GetRawText());
            Assert.Equal([seat], cancelled["seats_freed"].Strings());
        }

        await show.AuditEndsCleanAsync();
    }

    [Fact]
    public async Task A_person_finds_the_holdings_that_run()
    {
        var show = await _world.ShowAsync();
        var (ann, bob) = (await _world.CustomerAsync(), await _world.CustomerAsync());
        var first = await show.HoldAsync(ann, "A-1");
        var second = await show.HoldAsync(ann, "A-2", "A-3");

        var running = (await ann.Api.GetAsync($"/user/{ann.Id}/holdings")).Is(200).List();
        Assert.Equal([second, first], running.Select(holding => holding.GetProperty("holding_id").GetString()));
        Assert.All(running, holding => Assert.Equal("held", holding.GetProperty("state").GetString()));
        (await bob.Api.GetAsync($"/user/{ann.Id}/holdings")).IsProblem(404, "user_not_found");
        Assert.Equal(2, (await (await _world.SupportAsync()).Api.GetAsync($"/user/{ann.Id}/holdings")).Is(200).List().Count);

        (await ann.Api.PostAsync($"/{first}/cancel")).Is(200);
        Assert.Single((await ann.Api.GetAsync($"/user/{ann.Id}/holdings")).Is(200).List());
    }
}
