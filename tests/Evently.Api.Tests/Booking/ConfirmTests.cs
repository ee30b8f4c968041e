namespace Evently.Api.Tests.Booking;

public sealed class ConfirmTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task A_confirmed_hold_is_a_paid_booking_of_the_same_suffix()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1", "A-2");

        var booked = (await Show.ConfirmAsync(user, holding)).IsJson(200);

        Assert.Equal(Show.BookingOf(holding), booked.String("booking_id"));
        Assert.Equal(show.EventId, booked.String("event_id"));
        Assert.Equal(user.Id, booked.String("user_id"));
        Assert.Equal(["A-1", "A-2"], booked["seats"].Strings().Order());
        booked["booking_date"].IsTime();
        Assert.Equal("confirmed", booked.String("state"));
        Assert.Equal("successful", booked.String("payment_status"));
        booked["total"].IsMoney("91.00");
        Assert.Equal("USD", booked.String("currency"));
        Assert.Equal("confirmed", (await user.Api.GetAsync($"/holdings/{holding}")).Is(200).String("state"));
        Assert.Equal("booked", await show.SeatStateAsync("A-1"));
        (await show.PaymentsAsync(Show.BookingOf(holding))).AreOneCharge(91.00m);
        await show.AuditAsync();
    }

    [Fact]
    public async Task A_booking_can_be_read_with_its_state()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var booking = await show.BuyAsync(user, "A-1");

        var read = (await user.Api.GetAsync($"/bookings/{booking}")).IsJson(200);

        Assert.Equal(booking, read.String("booking_id"));
        Assert.Equal("confirmed", read.String("state"));
        Assert.Equal("successful", read.String("payment_status"));
        read.Json.Has("event_id", "user_id", "seats", "booking_date", "total", "currency", "refund");
    }

    [Fact]
    public async Task A_hold_that_nobody_paid_for_is_no_booking()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1");

        (await user.Api.GetAsync($"/bookings/{Show.BookingOf(holding)}")).IsProblem(404, "booking_not_found");
        (await user.Api.PostAsync($"/bookings/{Show.BookingOf(holding)}/cancel")).IsProblem(404, "booking_not_found");
        Assert.Equal("held", await show.SeatStateAsync("A-1"));
    }

    [Fact]
    public async Task The_old_clients_payment_status_works_too()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1");

        (await user.Api.PostAsync($"/{holding}/confirm", new { payment_status = "failed" })).IsProblem(402, "payment_declined");
        (await user.Api.PostAsync($"/{holding}/confirm", new { payment_status = "successful" })).Is(200);
        (await user.Api.PostAsync($"/{await show.HoldAsync(user, "A-2")}/confirm", new { payment_status = "perhaps" })).IsProblem(400);
    }

    [Fact]
    public async Task Confirming_again_answers_the_same_and_charges_once()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1");

        var first = (await Show.ConfirmAsync(user, holding)).Is(200);
        var again = (await Show.ConfirmAsync(user, holding)).Is(200);

        Assert.Equal(first.Text, again.Text);
        (await show.PaymentsAsync(Show.BookingOf(holding))).AreOneCharge(45.50m);
    }

    [Fact]
    public async Task Concurrent_confirms_of_one_hold_charge_once()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1");

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Show.ConfirmAsync(user, holding, "sim_slow_1")));

        Assert.All(answers, answer => Assert.True(answer.Status is 200 or 202 or 409, answer.ToString()));
        Assert.Contains(answers, answer => answer.Status == 200);
        (await show.PaymentsAsync(Show.BookingOf(holding))).AreOneCharge(45.50m);
    }

    [Fact]
    public async Task A_declined_payment_keeps_the_seats_and_another_method_may_be_tried()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1");

        (await Show.ConfirmAsync(user, holding, "sim_declined")).IsProblem(402, "payment_declined");
        Assert.Equal("held", (await user.Api.GetAsync($"/holdings/{holding}")).Is(200).String("state"));
        Assert.Equal("held", await show.SeatStateAsync("A-1"));
        (await show.TryHoldAsync(await _world.CustomerAsync(), "A-1")).IsProblem(409, "seats_unavailable");
        Assert.Empty((await show.PaymentsAsync(Show.BookingOf(holding))).Charges());

        (await Show.ConfirmAsync(user, holding)).Is(200);
        (await show.PaymentsAsync(Show.BookingOf(holding))).AreOneCharge(45.50m);
    }

    [Fact]
    public async Task An_outcome_that_is_not_known_in_time_answers_202_and_comes_later()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1");

        var pending = (await Show.ConfirmAsync(user, holding, "sim_slow_4", waitSeconds: 1)).Is(202);

        Assert.EndsWith($"/bookings/{Show.BookingOf(holding)}", pending.Header("Location"), StringComparison.Ordinal);
        Assert.InRange(pending.Took, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(3.5));
        Assert.Equal("payment_pending", (await user.Api.GetAsync($"/bookings/{Show.BookingOf(holding)}")).Is(200).String("state"));
        Assert.Equal("confirming", (await user.Api.GetAsync($"/holdings/{holding}")).Is(200).String("state"));
        await Eventually.AnswersAsync(() => user.Api.GetAsync($"/bookings/{Show.BookingOf(holding)}"), answer => answer.Is(200).String("state") == "confirmed");
        (await show.PaymentsAsync(Show.BookingOf(holding))).AreOneCharge(45.50m);
    }

    [Theory]
    [InlineData("wait=31")]
    [InlineData("wait=-1")]
    [InlineData("wait=soon")]
    [InlineData("respond-async; foo=\"bar\", wait=5")]
    public async Task A_preference_that_cannot_be_kept_is_no_error(string preference)
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1");

        var answer = await user.Api.PostAsync($"/{holding}/confirm", new { payment_method = "sim_ok" }, ("Prefer", preference));

        Assert.True(answer.Status is 200 or 202 or 400, answer.ToString());
    }

    [Fact]
    public async Task A_holding_that_does_not_exist_is_not_found()
    {
        var user = await _world.CustomerAsync();
        const string Missing = "holding-00000000000000000000000000";

        (await Show.ConfirmAsync(user, Missing)).IsProblem(404, "holding_not_found");
        (await user.Api.GetAsync($"/holdings/{Missing}")).IsProblem(404, "holding_not_found");
        (await user.Api.PostAsync($"/{Missing}/cancel")).IsProblem(404, "holding_not_found");
        (await user.Api.GetAsync("/holdings/nonsense")).IsProblem(404, "holding_not_found");
    }

    [Fact]
    public async Task A_cancelled_hold_is_not_confirmed()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1");
        (await user.Api.PostAsync($"/{holding}/cancel")).Is(200);

        (await Show.ConfirmAsync(user, holding)).IsProblem(409, "hold_cancelled");
        Assert.Empty((await show.PaymentsAsync(Show.BookingOf(holding))).Charges());
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"payment_method":""}""")]
    [InlineData("""{"payment_method":"sim_teleport"}""")]
    [InlineData("""{"payment_method":"sim_slow_-1"}""")]
    [InlineData("""{"payment_method":"sim_slow_99999999999999999999"}""")]
    [InlineData("""{"payment_method":"sim_ok","payment_status":"failed"}""")]
    public async Task A_payment_that_makes_no_sense_is_refused_and_charges_nothing(string json)
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1");

        (await user.Api.PostTextAsync($"/{holding}/confirm", json)).IsClientError();

        Assert.Empty((await show.PaymentsAsync(Show.BookingOf(holding))).Charges());
    }

    [Theory]
    [InlineData("amount", "0.01")]
    [InlineData("total", "0.01")]
    [InlineData("state", "\"confirmed\"")]
    [InlineData("user_id", "\"user-00000000000000000000000000\"")]
    public async Task An_amount_or_a_state_in_the_body_is_refused(string member, string value)
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1");

        (await user.Api.PostTextAsync($"/{holding}/confirm", $$"""{"payment_method":"sim_ok","{{member}}":{{value}}}""")).IsProblem(400, "unknown_field");

        Assert.Empty((await show.PaymentsAsync(Show.BookingOf(holding))).Charges());
    }

    [Fact]
    public async Task Prices_are_those_of_the_hold()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var held = (await show.TryHoldAsync(user, "A-1", "V-1")).Is(201);

        var booked = (await Show.ConfirmAsync(user, held.String("holding_id"))).Is(200);

        Assert.Equal(held["total"].GetRawText(), booked["total"].GetRawText());
    }
}
