namespace Evently.Api.Tests.Events;

public sealed class EventSeatsTests(SharedHost shared)
{
    private const string SeatMap = "application/vnd.evently.seatmap+json";
    private readonly World _world = shared.World;

    [Fact]
    public async Task Every_seat_is_listed_with_its_price_and_state()
    {
        var show = await _world.ShowAsync();
        var (ann, bob) = (await _world.CustomerAsync(), await _world.CustomerAsync());
        await show.BuyAsync(ann, "A-1");
        await show.HoldAsync(bob, "V-2");

        var seats = await show.SeatsAsync();

        Assert.Equal(20, seats.Count);
        var free = seats["A-2"];
        Assert.Equal(show.EventId, free.GetProperty("event_id").GetString());
        Assert.Equal("A", free.GetProperty("row").GetString());
        Assert.Equal(2, free.GetProperty("seat_num").GetInt32());
        Assert.Equal("standard", free.GetProperty("seat_type").GetString());
        Assert.Equal("available", free.GetProperty("seat_state").GetString());
        free.GetProperty("price").IsMoney("45.50");
        Assert.Equal("USD", free.GetProperty("currency").GetString());
        free.Has("section", "booking_id", "holding_id");
        Assert.Equal("booked", seats["A-1"].GetProperty("seat_state").GetString());
        Assert.Equal("held", seats["V-2"].GetProperty("seat_state").GetString());
    }

    [Fact]
    public async Task Who_has_a_seat_is_shown_to_support_to_admins_and_of_ones_own()
    {
        var show = await _world.ShowAsync();
        var (ann, bob) = (await _world.CustomerAsync(), await _world.CustomerAsync());
        var booking = await show.BuyAsync(ann, "A-1");
        var holding = await show.HoldAsync(bob, "A-2");

        foreach (var viewer in (User?[])[null, await _world.CustomerAsync(), show.Organizer])
        {
            var hidden = await show.SeatsAsync(viewer);
            Assert.All(hidden.Values, seat => Assert.Equal("null null", $"{seat.GetProperty("booking_id").GetRawText()} {seat.GetProperty("holding_id").GetRawText()}"));
        }

        var staff = new[] { await _world.SupportAsync(), await _world.AdminAsync() };

        // The map may be as old as its store's eventual reads are.
        await Eventually.HoldsAsync(async () =>
        {
            var own = await show.SeatsAsync(bob);
            Assert.Equal(holding, own["A-2"].GetProperty("holding_id").GetString());
            Assert.Equal("null", own["A-1"].GetProperty("holding_id").GetRawText());
            Assert.Equal(booking, (await show.SeatsAsync(ann))["A-1"].GetProperty("booking_id").GetString());
            foreach (var viewer in staff)
            {
                var shown = await show.SeatsAsync(viewer);
                Assert.Equal(booking, shown["A-1"].GetProperty("booking_id").GetString());
                Assert.Equal(holding, shown["A-2"].GetProperty("holding_id").GetString());
            }
        });
    }

    [Fact]
    public async Task Seats_are_filtered_by_type_and_state()
    {
        var show = await _world.ShowAsync();
        await show.BuyAsync(await _world.CustomerAsync(), "A-1", "V-1");

        Assert.Equal(10, (await _world.Anonymous.AllAsync($"{show.Path}/seats?seat_type=vip")).Count);
        Assert.Equal(18, (await _world.Anonymous.AllAsync($"{show.Path}/seats?seat_state=available")).Count);
        Assert.Single(await _world.Anonymous.AllAsync($"{show.Path}/seats?seat_state=booked&seat_type=vip"));
        Assert.Empty(await _world.Anonymous.AllAsync($"{show.Path}/seats?seat_state=held"));
        (await _world.Anonymous.GetAsync($"{show.Path}/seats?seat_state=broken")).IsInvalid("seat_state");
    }

    [Fact]
    public async Task A_filtered_list_keeps_its_filter_from_page_to_page()
    {
        var show = await _world.ShowAsync(new ShowPlan { Rows = [new("A", 60, "standard"), new("V", 60, "vip")] });

        var seats = await _world.Anonymous.AllAsync($"{show.Path}/seats?seat_type=vip&limit=25");

        Assert.Equal(Enumerable.Range(1, 60).Select(seat => $"V-{seat}").Order(), seats.Select(seat => seat.GetProperty("seat_pos").GetString()!).Order());
    }

    [Fact]
    public async Task The_compact_map_has_one_character_a_seat()
    {
        var show = await _world.ShowAsync();
        await show.BuyAsync(await _world.CustomerAsync(), "A-1", "A-10");
        await show.HoldAsync(await _world.CustomerAsync(), "A-3");

        var map = await Eventually.AnswersAsync(
            () => _world.Anonymous.GetAsync($"{show.Path}/seats", ("Accept", SeatMap)),
            answer => answer.Is(200).Text.Contains("BAHAAAAAAB", StringComparison.Ordinal));

        Assert.Equal(SeatMap, map.ContentType);
        Assert.Equal(show.EventId, map.String("event_id"));
        Assert.Equal("USD", map.String("currency"));
        map.Json.Has("version");
        map["prices"].GetProperty("vip").IsMoney("120.00");
        var section = Assert.Single(map["sections"].EnumerateArray());
        section.Has("section");
        var rows = section.GetProperty("rows").EnumerateArray().ToDictionary(row => row.GetProperty("row").GetString()!);
        Assert.Equal("BAHAAAAAAB", rows["A"].GetProperty("states").GetString());
        Assert.Equal("AAAAAAAAAA", rows["V"].GetProperty("states").GetString());
        Assert.Equal(1, rows["A"].GetProperty("first").GetInt32());
        Assert.Equal("vip", rows["V"].GetProperty("seat_type").GetString());
    }

    [Fact]
    public async Task An_unchanged_map_answers_304_and_a_changed_one_200()
    {
        var show = await _world.ShowAsync();
        var first = (await _world.Anonymous.GetAsync($"{show.Path}/seats", ("Accept", SeatMap))).Is(200);
        var tag = first.Header("ETag");
        Assert.NotNull(tag);

        var unchanged = (await _world.Anonymous.GetAsync($"{show.Path}/seats", ("Accept", SeatMap), ("If-None-Match", tag))).Is(304);
        Assert.Empty(unchanged.Text);

        await show.HoldAsync(await _world.CustomerAsync(), "A-1");
        await Eventually.AnswersAsync(
            () => _world.Anonymous.GetAsync($"{show.Path}/seats", ("Accept", SeatMap), ("If-None-Match", tag)),
            answer => answer.Status == 200 && answer.Header("ETag") != tag);
    }

    [Fact]
    public async Task An_expired_hold_shows_as_available_in_both_forms()
    {
        var show = await _world.ShowAsync(new ShowPlan { HoldSeconds = 5 });
        await show.HoldAsync(await _world.CustomerAsync(), "A-1");
        Assert.Equal("held", await show.SeatStateAsync("A-1"));

        await Eventually.HoldsAsync(async () => Assert.Equal("available", await show.SeatStateAsync("A-1")), TimeSpan.FromSeconds(15));
        await Eventually.AnswersAsync(
            () => _world.Anonymous.GetAsync($"{show.Path}/seats", ("Accept", SeatMap)),
            answer => !answer.Is(200).Text.Contains("HAAAAAAAAA", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Seats_of_an_event_that_does_not_exist_are_not_found()
    {
        (await _world.Anonymous.GetAsync("/events/event-00000000000000000000000000/seats")).IsProblem(404, "event_not_found");
        (await _world.Anonymous.GetAsync("/events/event-00000000000000000000000000/seats", ("Accept", SeatMap))).IsProblem(404, "event_not_found");
    }
}
