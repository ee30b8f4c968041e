namespace Evently.Api.Tests.Support;

public sealed class SupportBookingsTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task Sagas_are_listed_by_event_user_and_state()
    {
        var show = await _world.ShowAsync();
        var (ann, bob) = (await _world.CustomerAsync(), await _world.CustomerAsync());
        var booking = await show.BuyAsync(ann, "A-1");
        var holding = await show.HoldAsync(bob, "A-2");
        var support = await _world.SupportAsync();

        foreach (var (query, count) in ((string, int)[])[($"event_id={show.EventId}", 2), ($"user_id={ann.Id}", 1), ($"event_id={show.EventId}&user_id={bob.Id}", 1)])
        {
            await Eventually.HoldsAsync(async () =>
            {
                var sagas = await support.Api.AllAsync($"/support/bookings?{query}&limit=1");
                Assert.Equal(count, sagas.Count);
                Assert.All(sagas, saga => saga.Has("state", "since", "due_at", "attempts"));
            });
        }

        var listed = await support.Api.AllAsync($"/support/bookings?event_id={show.EventId}");
        Assert.Equal([booking, Show.BookingOf(holding)], listed.Select(saga => saga.GetProperty("booking_id").GetString()!).Order());
        await Eventually.HoldsAsync(async () => Assert.Single(await support.Api.AllAsync($"/support/bookings?event_id={show.EventId}&state=confirmed")));
    }

    [Fact]
    public async Task A_wrong_filter_is_refused()
    {
        var support = await _world.SupportAsync();

        (await support.Api.GetAsync("/support/bookings?state=asleep")).IsInvalid("state");
        (await support.Api.GetAsync("/support/bookings?overdue=perhaps")).IsInvalid("overdue");
        (await support.Api.GetAsync("/support/bookings?limit=201")).IsInvalid("limit");
    }

    [Fact]
    public async Task Nothing_is_overdue_for_long()
    {
        await Eventually.HoldsAsync(
            async () => Assert.Empty((await (await _world.SupportAsync()).Api.GetAsync("/support/bookings?overdue=true")).IsJson(200).List()),
            TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Everything_about_one_booking_is_shown()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var booking = await show.BuyAsync(user, "A-1", "V-1");
        var payment = Assert.Single(await show.PaymentsAsync(booking));

        var detail = (await (await _world.SupportAsync()).Api.GetAsync($"/support/bookings/{booking}")).IsJson(200);

        detail.Json.Has("booking_id", "state", "version", "timeline", "seats", "messages");
        Assert.Equal(booking, detail.String("booking_id"));
        Assert.True(detail["timeline"].GetArrayLength() >= 2, detail.ToString());
        Assert.All(detail["timeline"].EnumerateArray(), step => step.Has("state", "at", "cause"));
        foreach (var told in (string[])["A-1", "V-1", user.Id, show.EventId, payment.IdempotencyKey])
            Assert.Contains(told, detail.Text, StringComparison.Ordinal);
        (await (await _world.SupportAsync()).Api.GetAsync("/support/bookings/booking-00000000000000000000000000")).IsProblem(404, "booking_not_found");
    }

    [Fact]
    public async Task A_refund_is_tried_out_first_and_then_made_and_recorded()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var support = await _world.SupportAsync();
        var booking = await show.BuyAsync(user, "A-1");
        var path = $"/support/bookings/{booking}/actions";

        (await support.Api.PostAsync(path, new { action = "refund", dry_run = true })).IsJson(200);
        Assert.Equal("confirmed", (await user.Api.GetAsync($"/bookings/{booking}")).Is(200).String("state"));
        Assert.Empty((await show.PaymentsAsync(booking)).Refunds());

        (await support.Api.PostAsync(path, new { action = "refund" })).Is(200);
        await Eventually.AnswersAsync(() => user.Api.GetAsync($"/bookings/{booking}"), answer => answer.Is(200).String("state") == "cancelled");
        (await show.PaymentsAsync(booking)).AreOneChargeAndItsRefund(45.50m);
        Assert.Contains(support.Id, (await support.Api.GetAsync($"/support/bookings/{booking}")).Is(200).Text, StringComparison.Ordinal);
        await show.AuditEndsCleanAsync();
    }

    [Fact]
    public async Task A_held_seat_is_released_by_support()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var support = await _world.SupportAsync();
        var holding = await show.HoldAsync(user, "A-1");
        var path = $"/support/bookings/{Show.BookingOf(holding)}/actions";

        (await support.Api.PostAsync(path, new { action = "release", dry_run = true })).Is(200);
        Assert.Equal("held", await show.SeatStateAsync("A-1"));
        (await support.Api.PostAsync(path, new { action = "release" })).Is(200);

        await Eventually.HoldsAsync(async () => Assert.Equal("available", await show.SeatStateAsync("A-1")));
        Assert.Equal("cancelled", (await user.Api.GetAsync($"/holdings/{holding}")).Is(200).String("state"));
        Assert.Contains(support.Id, (await support.Api.GetAsync($"/support/bookings/{Show.BookingOf(holding)}")).Is(200).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_retry_of_what_is_done_changes_nothing()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var booking = await show.BuyAsync(user, "A-1");

        var retried = await (await _world.SupportAsync()).Api.PostAsync($"/support/bookings/{booking}/actions", new { action = "retry" });

        Assert.True(retried.Status is 200 or 409, retried.ToString());
        Assert.Equal("confirmed", (await user.Api.GetAsync($"/bookings/{booking}")).Is(200).String("state"));
        (await show.PaymentsAsync(booking)).AreOneCharge(45.50m);
    }

    [Fact]
    public async Task An_unknown_action_or_booking_is_refused()
    {
        var show = await _world.ShowAsync();
        var support = await _world.SupportAsync();
        var booking = await show.BuyAsync(await _world.CustomerAsync(), "A-1");

        (await support.Api.PostAsync($"/support/bookings/{booking}/actions", new { action = "explode" })).IsInvalid("action");
        (await support.Api.PostAsync($"/support/bookings/{booking}/actions", new { })).IsInvalid("action");
        (await support.Api.PostAsync("/support/bookings/booking-00000000000000000000000000/actions", new { action = "retry" })).IsProblem(404, "booking_not_found");
    }

    [Fact]
    public async Task The_ledger_audit_counts_every_seat()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        await show.BuyAsync(user, "A-1", "A-2");
        await show.HoldAsync(user, "V-1");

        var audit = await show.AuditAsync();

        Assert.Equal((20m, 2m, 1m, 17m), (audit.Number("seats"), audit.Number("booked"), audit.Number("held"), audit.Number("free")));
        (await (await _world.SupportAsync()).Api.GetAsync("/support/ledger/event-00000000000000000000000000")).IsProblem(404, "event_not_found");
    }
}
