namespace Evently.Api.Tests.Conventions;

public sealed class PagingTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Theory]
    [InlineData("/venue")]
    [InlineData("/venue/{venue}/seats")]
    [InlineData("/events")]
    [InlineData("/events/{event}/seats")]
    [InlineData("/events/{event}/seats/analytics")]
    [InlineData("/analytics/events")]
    [InlineData("/user/{user}/bookings")]
    [InlineData("/support/bookings")]
    public async Task Every_list_takes_limits_from_1_to_200_and_its_own_cursors_only(string path)
    {
        var show = await _world.ShowAsync();
        var admin = await _world.AdminAsync();
        path = path.Replace("{venue}", show.VenueId, StringComparison.Ordinal)
            .Replace("{event}", show.EventId, StringComparison.Ordinal)
            .Replace("{user}", admin.Id, StringComparison.Ordinal);

        Assert.InRange((await admin.Api.GetAsync(path)).IsJson(200).List().Count, 0, 50);
        Assert.InRange((await admin.Api.GetAsync($"{path}?limit=1")).IsJson(200).List().Count, 0, 1);
        (await admin.Api.GetAsync($"{path}?limit=200")).IsJson(200);
        foreach (var limit in (string[])["0", "201", "-1", "x", "1.0", ""])
            (await admin.Api.GetAsync($"{path}?limit={limit}")).IsInvalid("limit");
        foreach (var cursor in (string[])["!", "a%20b"])
            (await admin.Api.GetAsync($"{path}?cursor={cursor}")).IsInvalid("cursor");
    }

    [Fact]
    public async Task A_full_page_names_the_next_and_the_last_page_none()
    {
        var show = await _world.ShowAsync();

        var first = (await _world.Anonymous.GetAsync($"{show.Path}/seats?limit=15&seat_state=available")).IsJson(200);
        var last = (await _world.Anonymous.GetAsync(first.Next!)).IsJson(200);

        Assert.Equal((15, 5), (first.List().Count, last.List().Count));
        Assert.Contains("seat_state=available", first.Next, StringComparison.Ordinal);
        Assert.Contains("limit=15", first.Next, StringComparison.Ordinal);
        Assert.Null(last.Next);
    }

    [Fact]
    public async Task A_cursor_of_another_list_is_refused_or_harmless()
    {
        var show = await _world.ShowAsync();
        var cursor = (await _world.Anonymous.GetAsync($"/venue/{show.VenueId}/seats?limit=5")).IsJson(200).Next!.Split("cursor=")[1];

        foreach (var path in (string[])["/venue", "/events", $"{show.Path}/seats"])
            Assert.InRange((await _world.Anonymous.GetAsync($"{path}?cursor={cursor}")).Status, 200, 499);
    }
}
