namespace Evently.Api.Cloud.Tests;

/// <summary>Each request of these goes to the next of three hosts.</summary>
[Collection(CloudCluster.Name)]
public sealed class PurchaseTests(CloudCluster cloud)
{
    [Fact]
    public async Task A_booking_is_made_shown_counted_cancelled_and_refunded()
    {
        var world = cloud.Cluster.World;
        var show = await world.ShowAsync();
        var user = await world.CustomerAsync();

        var holding = await show.HoldAsync(user, "A-1", "A-2");
        var booked = (await Show.ConfirmAsync(user, holding)).Is(200);

        var booking = Show.BookingOf(holding);
        Assert.Equal(booking, booked.String("booking_id"));
        booked["total"].IsMoney("91.00");
        await Eventually.HoldsAsync(async () =>
        {
            var history = (await user.Api.GetAsync($"/user/{user.Id}/bookings")).Is(200).List();
            Assert.Equal((booking, "confirmed"), (Assert.Single(history).GetProperty("booking_id").GetString(), history[0].GetProperty("state").GetString()));
        });
        await Eventually.AnswersAsync(
            () => show.Organizer.Api.GetAsync($"{show.Path}/analytics"),
            answer => answer.Status == 200 && answer.Number("seats_booked") == 2 && answer.Number("revenue_generated") == 91m);

        (await user.Api.PostAsync($"/bookings/{booking}/cancel")).Is(200);

        await Eventually.HoldsAsync(async () => (await show.PaymentsAsync(booking)).AreOneChargeAndItsRefund(91.00m));
        await Eventually.AnswersAsync(
            () => show.Organizer.Api.GetAsync($"{show.Path}/analytics"),
            answer => answer.Status == 200 && answer.Number("seats_booked") == 0 && answer.Number("refunded") == 91m && answer.Number("cancelled_bookings") == 1);
        var audit = await show.AuditAsync();
        Assert.Equal((20, 0, 0), ((int)audit.Number("free"), (int)audit.Number("held"), (int)audit.Number("booked")));
        (await show.TryHoldAsync(await world.CustomerAsync(), "A-1")).Is(201);
    }
}
