namespace Evently.Api.Tests.Booking;

public sealed class CancelTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task A_cancelled_hold_frees_its_seats_and_can_be_cancelled_again()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1", "V-1");

        var cancelled = (await user.Api.PostAsync($"/{holding}/cancel")).IsJson(200);
        var again = (await user.Api.PostAsync($"/{holding}/cancel")).Is(200);

        Assert.Equal(holding, cancelled.String("holding_id"));
        cancelled.Json.Has("seats_freed");
        Assert.Equal(cancelled.Text, again.Text);
        Assert.Equal("cancelled", (await user.Api.GetAsync($"/holdings/{holding}")).Is(200).String("state"));
        (await show.TryHoldAsync(await _world.CustomerAsync(), "A-1", "V-1")).Is(201);
        await show.AuditAsync();
    }

    [Fact]
    public async Task A_hold_cancelled_again_after_its_seats_were_sold_frees_nothing()
    {
        var show = await _world.ShowAsync();
        var (ann, bob) = (await _world.CustomerAsync(), await _world.CustomerAsync());
        var holding = await show.HoldAsync(ann, "A-1");
        (await ann.Api.PostAsync($"/{holding}/cancel")).Is(200);
        await show.BuyAsync(bob, "A-1");

        (await ann.Api.PostAsync($"/{holding}/cancel")).Is(200);

        Assert.Equal("booked", await show.SeatStateAsync("A-1"));
        await show.AuditAsync();
    }

    [Fact]
    public async Task A_confirmed_hold_is_not_cancelled_as_a_hold()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1");
        (await Show.ConfirmAsync(user, holding)).Is(200);

        (await user.Api.PostAsync($"/{holding}/cancel")).IsProblem(409, "already_confirmed");
        Assert.Equal("booked", await show.SeatStateAsync("A-1"));
    }

    [Theory]
    [InlineData("/bookings/{0}/cancel")]
    [InlineData("/{0}/cancel")]
    public async Task A_cancelled_booking_is_refunded_and_its_seats_are_free(string path)
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var booking = await show.BuyAsync(user, "A-1", "V-1");

        var cancelled = (await user.Api.PostAsync(path.Replace("{0}", booking, StringComparison.Ordinal))).IsJson(200);

        Assert.NotEmpty(cancelled.String("message"));
        Assert.Equal(booking, cancelled.String("booking_id"));
        Assert.Equal(show.EventId, cancelled.String("event_id"));
        Assert.Equal(user.Id, cancelled.String("user_id"));
        cancelled.Json.Has("seats_freed");
        cancelled["cancelled_at"].IsTime();
        var refund = cancelled["refund"];
        refund.GetProperty("amount").IsMoney("165.50");
        Assert.Equal("USD", refund.GetProperty("currency").GetString());
        refund.Has("state");

        var ended = await Eventually.AnswersAsync(() => user.Api.GetAsync($"/bookings/{booking}"), answer => answer.Is(200).String("state") == "cancelled");
        ended["refund"].GetProperty("amount").IsMoney("165.50");
        (await show.PaymentsAsync(booking)).AreOneChargeAndItsRefund(165.50m);
        (await show.TryHoldAsync(await _world.CustomerAsync(), "A-1", "V-1")).Is(201);
        await show.AuditEndsCleanAsync();
    }

    [Fact]
    public async Task A_booking_is_cancelled_once()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var booking = await show.BuyAsync(user, "A-1");
        (await user.Api.PostAsync($"/bookings/{booking}/cancel")).Is(200);

        (await user.Api.PostAsync($"/bookings/{booking}/cancel")).IsProblem(409, "booking_already_cancelled");
        (await user.Api.PostAsync($"/{booking}/cancel")).IsProblem(409, "booking_already_cancelled");
    }

    [Fact]
    public async Task Concurrent_cancellations_refund_once()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var booking = await show.BuyAsync(user, "A-1");

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => user.Api.PostAsync($"/bookings/{booking}/cancel")));

        Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers.Where(answer => answer.Status != 200), answer => answer.IsProblem(409, "booking_already_cancelled"));
        await Eventually.HoldsAsync(async () => (await show.PaymentsAsync(booking)).AreOneChargeAndItsRefund(45.50m));
    }

    [Fact]
    public async Task A_booking_id_in_the_body_is_accepted_and_ignored()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var (kept, cancelled) = (await show.BuyAsync(user, "A-1"), await show.BuyAsync(user, "A-2"));

        (await user.Api.PostAsync($"/{cancelled}/cancel", new { booking_id = kept })).Is(200);
        (await user.Api.PostAsync($"/bookings/{kept}/cancel", new { refund = 1_000_000 })).IsProblem(400, "unknown_field");

        Assert.Equal("confirmed", (await user.Api.GetAsync($"/bookings/{kept}")).Is(200).String("state"));
    }

    [Fact]
    public async Task A_booking_that_does_not_exist_is_not_found()
    {
        var user = await _world.CustomerAsync();
        const string Missing = "booking-00000000000000000000000000";

        (await user.Api.GetAsync($"/bookings/{Missing}")).IsProblem(404, "booking_not_found");
        (await user.Api.PostAsync($"/bookings/{Missing}/cancel")).IsProblem(404, "booking_not_found");
        (await user.Api.PostAsync($"/{Missing}/cancel")).IsProblem(404, "booking_not_found");
    }

    [Fact]
    public async Task Support_cancels_for_a_user()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var booking = await show.BuyAsync(user, "A-1");

        (await (await _world.SupportAsync()).Api.PostAsync($"/bookings/{booking}/cancel")).Is(200);

        await Eventually.AnswersAsync(() => user.Api.GetAsync($"/bookings/{booking}"), answer => answer.Is(200).String("state") == "cancelled");
    }
}
