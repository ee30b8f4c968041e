namespace Evently.Api.Cloud.Tests.Faults;

/// <summary>DynamoDB or SQS is gone altogether for a while.</summary>
[Collection(CloudCluster.Name)]
public sealed class OutageTests(CloudCluster cloud)
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Without_its_table_calls_are_answered_503_with_retry_after_and_work_as_soon_as_it_is_back()
    {
        var world = cloud.Cluster.World;
        var show = await world.ShowAsync(new ShowPlan { HoldSeconds = 120 });
        var (user, other) = (await world.CustomerAsync(), await world.CustomerAsync());
        var holding = await show.HoldAsync(user, "A-1");

        cloud.TableFaults.CutOff();
        try
        {
            var answers = await Task.WhenAll(
                show.TryHoldAsync(other, "A-2"),
                Show.ConfirmAsync(user, holding),
                user.Api.PostAsync($"/{holding}/cancel"),
                user.Api.GetAsync($"/holdings/{holding}"),
                user.Api.GetAsync($"/user/{user.Id}/bookings"),
                world.Anonymous.PostAsync("/user", world.SignUp(World.Unique("late") + "@evently.test")),
                world.Anonymous.PostAsync("/user/token", new { email = user.Email, password = user.Password }));
            Assert.All(answers, answer => answer.IsProblem(503));
        }
        finally
        {
            cloud.TableFaults.End();
        }

        (await show.TryHoldAsync(other, "A-3")).Is(201);
        Assert.Equal("confirmed", (await Show.ConfirmAsync(user, holding)).Is(200).String("state"));
        (await show.PaymentsAsync(Show.BookingOf(holding))).AreOneCharge(45.50m);
        await cloud.Cluster.CalmsDownAsync();
    }

    [Fact]
    public async Task Without_queues_a_purchase_goes_through_and_is_heard_of_later_though_its_host_dies_before_they_are_back()
    {
        var world = cloud.Cluster.World;
        var show = await world.ShowAsync();
        var user = await world.CustomerAsync();
        await show.IsOnSaleAsync();
        string booking;

        cloud.QueueFaults.CutOff();
        try
        {
            booking = await show.BuyAsync(cloud.Cluster.At(0, user), "A-1");
            await cloud.Cluster.Hosts[0].KillAsync();
        }
        finally
        {
            cloud.QueueFaults.End();
        }

        await Eventually.HoldsAsync(
            async () =>
            {
                Assert.Equal(1, (await show.Organizer.Api.GetAsync($"{show.Path}/analytics")).Is(200).Number("successful_bookings"));
                var history = (await user.Api.GetAsync($"/user/{user.Id}/bookings")).Is(200).List();
                Assert.Equal(booking, Assert.Single(history).GetProperty("booking_id").GetString());
            },
            Recovery);
        await cloud.Cluster.CalmsDownAsync();
    }
}
