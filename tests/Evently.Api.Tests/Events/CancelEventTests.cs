namespace Evently.Api.Tests.Events;

public sealed class CancelEventTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task Cancelling_an_event_cancels_and_refunds_every_booking()
    {
        var show = await _world.ShowAsync();
        var (ann, bob) = (await _world.CustomerAsync(), await _world.CustomerAsync());
        var bookings = new[] { (User: ann, Id: await show.BuyAsync(ann, "A-1", "A-2"), Total: 91.00m), (User: bob, Id: await show.BuyAsync(bob, "V-1"), Total: 120.00m) };

        var cancelled = (await show.Organizer.Api.PostAsync($"{show.Path}/cancel")).IsJson(200);

        Assert.Equal("cancelled", cancelled.String("state"));
        foreach (var (user, id, total) in bookings)
        {
            await Eventually.AnswersAsync(() => user.Api.GetAsync($"/bookings/{id}"), answer => answer.Is(200).String("state") == "cancelled");
            (await show.PaymentsAsync(id)).AreOneChargeAndItsRefund(total);
        }

        await show.AuditEndsCleanAsync();
    }

    [Fact]
    public async Task A_cancelled_event_takes_no_new_holds()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        (await show.Organizer.Api.PostAsync($"{show.Path}/cancel")).Is(200);

        var refused = await Eventually.AnswersAsync(() => show.TryHoldAndLetGoAsync(user, "A-1"), answer => answer.Status != 201);

        refused.IsProblem(409, "event_cancelled");
    }

    [Fact]
    public async Task A_seat_held_when_the_event_is_cancelled_is_never_sold()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1");
        (await show.Organizer.Api.PostAsync($"{show.Path}/cancel")).Is(200);

        await Eventually.AnswersAsync(() => user.Api.GetAsync($"/holdings/{holding}"), answer => answer.Is(200).String("state") is "cancelled" or "expired");

        Assert.NotEqual(200, (await Show.ConfirmAsync(user, holding)).Status);
        Assert.Empty((await show.PaymentsAsync(Show.BookingOf(holding))).Charges());
    }

    [Fact]
    public async Task Cancelling_again_changes_nothing()
    {
        var show = await _world.ShowAsync();
        (await show.Organizer.Api.PostAsync($"{show.Path}/cancel")).Is(200);

        (await show.Organizer.Api.PostAsync($"{show.Path}/cancel")).Is(200);

        Assert.Equal("cancelled", (await _world.Anonymous.GetAsync(show.Path)).Is(200).String("state"));
    }

    [Fact]
    public async Task Only_the_owner_and_an_admin_cancel_an_event()
    {
        var show = await _world.ShowAsync();

        (await (await _world.CustomerAsync()).Api.PostAsync($"{show.Path}/cancel")).IsProblem(403, "forbidden");
        (await (await _world.UserAsync("organizer")).Api.PostAsync($"{show.Path}/cancel")).IsProblem(403, "forbidden");
        (await _world.Anonymous.PostAsync($"{show.Path}/cancel")).IsProblem(401);
        (await (await _world.AdminAsync()).Api.PostAsync($"{show.Path}/cancel")).Is(200);
    }

    [Fact]
    public async Task An_event_that_does_not_exist_cannot_be_cancelled()
    {
        (await (await _world.AdminAsync()).Api.PostAsync("/events/event-00000000000000000000000000/cancel")).IsProblem(404, "event_not_found");
    }
}
