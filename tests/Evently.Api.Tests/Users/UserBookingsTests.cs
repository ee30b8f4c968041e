namespace Evently.Api.Tests.Users;

public sealed class UserBookingsTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task A_new_user_has_no_bookings()
    {
        var user = await _world.CustomerAsync();

        Assert.Empty((await user.Api.GetAsync($"/user/{user.Id}/bookings")).IsJson(200).List());
    }

    [Fact]
    public async Task The_history_shows_bookings_newest_first()
    {
        var user = await _world.CustomerAsync();
        var show = await _world.ShowAsync();
        var first = await show.BuyAsync(user, "A-1", "A-2");
        var second = await show.BuyAsync(user, "V-1");

        var history = await Eventually.AnswersAsync(() => user.Api.GetAsync($"/user/{user.Id}/bookings"), answer => answer.Is(200).List().Count == 2);

        var (newest, oldest) = (history.List()[0], history.List()[1]);
        Assert.Equal(second, newest.GetProperty("booking_id").GetString());
        Assert.Equal(first, oldest.GetProperty("booking_id").GetString());
        Assert.Equal(show.EventId, oldest.GetProperty("event_id").GetString());
        Assert.Equal(show.Created.String("name"), oldest.GetProperty("event_name").GetString());
        Assert.Equal(show.Created["start_time"].IsTime(), oldest.GetProperty("start_time").IsTime());
        Assert.Equal(["A-1", "A-2"], oldest.GetProperty("seats").Strings().Order());
        oldest.GetProperty("booking_date").IsTime();
        Assert.Equal("confirmed", oldest.GetProperty("state").GetString());
        oldest.GetProperty("total").IsMoney("91.00");
        Assert.Equal("USD", oldest.GetProperty("currency").GetString());
    }

    [Fact]
    public async Task A_payment_whose_outcome_is_not_known_yet_is_in_the_history()
    {
        var user = await _world.CustomerAsync();
        var show = await _world.ShowAsync();
        var holding = await show.HoldAsync(user, "A-1");
        (await Show.ConfirmAsync(user, holding, "sim_late_14", waitSeconds: 0)).Is(202);

        await Eventually.AnswersAsync(
            () => user.Api.GetAsync($"/user/{user.Id}/bookings"),
            answer => answer.Is(200).List() is [var only] && only.GetProperty("state").GetString() == "payment_pending");
        await Eventually.AnswersAsync(
            () => user.Api.GetAsync($"/user/{user.Id}/bookings"),
            answer => answer.Is(200).List() is [var only] && only.GetProperty("state").GetString() == "confirmed",
            TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_cancelled_booking_stays_in_the_history_as_cancelled()
    {
        var user = await _world.CustomerAsync();
        var show = await _world.ShowAsync();
        var booking = await show.BuyAsync(user, "A-1");
        (await user.Api.PostAsync($"/bookings/{booking}/cancel")).Is(200);

        await Eventually.AnswersAsync(
            () => user.Api.GetAsync($"/user/{user.Id}/bookings"),
            answer => answer.Is(200).List() is [var only] && only.GetProperty("state").GetString() == "cancelled");
    }

    [Fact]
    public async Task A_new_start_time_reaches_the_history()
    {
        var user = await _world.CustomerAsync();
        var show = await _world.ShowAsync();
        await show.BuyAsync(user, "A-1");

        (await show.Organizer.Api.PatchAsync(show.Path, new { start_time = "2031-05-01T19:00:00Z", name = "Moved" })).Is(200);

        await Eventually.AnswersAsync(
            () => user.Api.GetAsync($"/user/{user.Id}/bookings"),
            answer => answer.Is(200).List() is [var only] && only.GetProperty("start_time").GetString()!.StartsWith("2031-05-01T19:00:00", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_history_comes_in_pages()
    {
        var user = await _world.CustomerAsync();
        var show = await _world.ShowAsync();
        foreach (var seat in (string[])["A-1", "A-2", "A-3"])
            await show.BuyAsync(user, seat);
        await Eventually.AnswersAsync(() => user.Api.GetAsync($"/user/{user.Id}/bookings"), answer => answer.Is(200).List().Count == 3);

        var page = (await user.Api.GetAsync($"/user/{user.Id}/bookings?limit=2")).Is(200);

        Assert.Equal(2, page.List().Count);
        Assert.NotNull(page.Next);
        var all = await user.Api.AllAsync($"/user/{user.Id}/bookings?limit=2");
        Assert.Equal(3, all.Select(booking => booking.GetProperty("booking_id").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task Staff_reads_anybodys_history()
    {
        var user = await _world.CustomerAsync();

        (await (await _world.SupportAsync()).Api.GetAsync($"/user/{user.Id}/bookings")).Is(200);
        (await (await _world.AdminAsync()).Api.GetAsync($"/user/{user.Id}/bookings")).Is(200);
    }
}
