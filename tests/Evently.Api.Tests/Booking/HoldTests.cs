namespace Evently.Api.Tests.Booking;

public sealed class HoldTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task A_hold_is_answered_in_full()
    {
        var show = await _world.ShowAsync(new ShowPlan { HoldSeconds = 120 });
        var user = await _world.CustomerAsync();

        var before = TimeProvider.System.GetUtcNow();
        var held = (await show.TryHoldAsync(user, "A-1", "V-1")).IsJson(201);

        held["holding_id"].IsId("holding");
        Assert.EndsWith("/holdings/" + held.String("holding_id"), held.Header("Location"), StringComparison.Ordinal);
        Assert.Equal(show.EventId, held.String("event_id"));
        Assert.Equal(user.Id, held.String("user_id"));
        Assert.Equal(["A-1", "V-1"], held["seats_held"].Strings().Order());
        Assert.True(held.Number("hold_ttl") > 0);
        Assert.InRange(held["expires_at"].IsTime(), before.AddSeconds(115), before.AddSeconds(140));
        held["total"].IsMoney("165.50");
        Assert.Equal("USD", held.String("currency"));

        var read = (await user.Api.GetAsync($"/holdings/{held.String("holding_id")}")).IsJson(200);
        Assert.Equal("held", read.String("state"));
        foreach (var same in held.Json.EnumerateObject().Where(member => member.Name != "hold_ttl"))
            Assert.Equal(same.Value.GetRawText(), read[same.Name].GetRawText());
    }

    [Fact]
    public async Task Repeated_seats_count_once()
    {
        var show = await _world.ShowAsync();

        var held = (await show.TryHoldAsync(await _world.CustomerAsync(), "A-1", "A-1", "A-2", "A-1")).Is(201);

        Assert.Equal(["A-1", "A-2"], held["seats_held"].Strings().Order());
        held["total"].IsMoney("91.00");
    }

    [Fact]
    public async Task Seats_of_several_rows_and_sections_are_held_together()
    {
        var venue = (await _world.VenueAsync()).String("venue_id");
        (await (await _world.OrganizerAsync()).Api.PostAsync($"/venue/{venue}/seats", new
        {
            rows = new object[]
            {
                new { section = "Left", row = "A", first = 1, last = 60, seat_type = "standard" },
                new { section = "Right", row = "A", first = 1, last = 60, seat_type = "vip" },
                new { row = "A", first = 1, last = 120, seat_type = "standard" },
            },
        })).Is(201);
        var show = await _world.ShowAsync(new ShowPlan { VenueId = venue });

        var held = (await show.TryHoldAsync(await _world.CustomerAsync(), "Left/A-1", "Left/A-60", "Right/A-1", "A-1", "A-120")).Is(201);

        Assert.Equal(["A-1", "A-120", "Left/A-1", "Left/A-60", "Right/A-1"], held["seats_held"].Strings().Order(StringComparer.Ordinal));
        await show.AuditAsync();
    }

    [Fact]
    public async Task One_taken_seat_refuses_them_all_and_every_taken_one_is_named()
    {
        var show = await _world.ShowAsync();
        await show.BuyAsync(await _world.CustomerAsync(), "A-1");
        await show.HoldAsync(await _world.CustomerAsync(), "V-2");

        var refused = (await show.TryHoldAsync(await _world.CustomerAsync(), "A-1", "A-2", "V-1", "V-2")).IsProblem(409, "seats_unavailable");

        var unavailable = refused["unavailable"].EnumerateArray().ToDictionary(seat => seat.GetProperty("seat_pos").GetString()!, seat => seat.GetProperty("reason").GetString());
        Assert.Equal(new Dictionary<string, string?> { ["A-1"] = "booked", ["V-2"] = "held" }, unavailable);
        Assert.Equal("available", await show.SeatStateAsync("A-2"));
        Assert.Equal("available", await show.SeatStateAsync("V-1"));
        await show.AuditAsync();
    }

    [Fact]
    public async Task The_holder_too_is_refused_a_seat_that_is_held_already()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        await show.HoldAsync(user, "A-1");

        (await show.TryHoldAsync(user, "A-1")).IsProblem(409, "seats_unavailable");
    }

    [Fact]
    public async Task Unknown_seats_are_named()
    {
        var show = await _world.ShowAsync();

        var refused = (await show.TryHoldAsync(await _world.CustomerAsync(), "A-1", "A-11", "Z-1", "a-1", "nonsense", "A-01")).IsProblem(400, "unknown_seats");

        Assert.Equal(["A-01", "A-11", "Z-1", "a-1", "nonsense"], refused["seats"].Strings().Order(StringComparer.Ordinal));
        Assert.Equal("available", await show.SeatStateAsync("A-1"));
    }

    [Fact]
    public async Task A_hold_of_no_seats_is_refused()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();

        (await show.TryHoldAsync(user)).IsProblem(400, "no_seats");
    }

    [Fact]
    public async Task A_booking_has_at_most_so_many_seats()
    {
        var show = await _world.ShowAsync(new ShowPlan { MaxSeats = 2 });
        var user = await _world.CustomerAsync();

        var refused = (await show.TryHoldAsync(user, "A-1", "A-2", "A-3")).IsProblem(400, "too_many_seats");

        Assert.Equal(2, refused.Number("max"));
        (await show.TryHoldAsync(user, "A-1", "A-2")).Is(201);
    }

    [Fact]
    public async Task A_user_holds_at_most_ten_seats_of_an_event_at_a_time()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        var first = await show.HoldAsync(user, Enumerable.Range(1, 8).Select(seat => $"A-{seat}"));

        (await show.TryHoldAsync(user, "V-1", "V-2", "V-3")).IsProblem(429, "hold_limit");
        (await show.TryHoldAsync(user, "V-1", "V-2")).Is(201);
        (await show.TryHoldAsync(user, "V-3")).IsProblem(429, "hold_limit");
        (await show.TryHoldAsync(await _world.CustomerAsync(), "V-3")).Is(201);

        (await user.Api.PostAsync($"/{first}/cancel")).Is(200);
        (await show.TryHoldAsync(user, "V-4")).Is(201);
    }

    [Fact]
    public async Task Concurrent_holds_do_not_get_around_the_limit()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();

        var answers = await Task.WhenAll(
            Enumerable.Range(1, 10).Select(seat => show.TryHoldAsync(user, $"A-{seat}", $"V-{seat}")));

        Assert.InRange(answers.Count(answer => answer.Status == 201), 1, 5);
        Assert.All(answers.Where(answer => answer.Status != 201), answer => answer.IsClientError());
    }

    [Fact]
    public async Task Bought_seats_do_not_count_as_held()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        await show.BuyAsync(user, Enumerable.Range(1, 8).Select(seat => $"A-{seat}"));

        (await show.TryHoldAsync(user, Enumerable.Range(1, 8).Select(seat => $"V-{seat}"))).Is(201);
    }

    [Fact]
    public async Task Before_sales_open_nothing_is_held()
    {
        var show = await _world.ShowAsync(new ShowPlan { SalesOpenAt = new DateTimeOffset(2029, 6, 1, 10, 0, 0, TimeSpan.Zero) });

        var refused = (await show.TryHoldAsync(await _world.CustomerAsync(), "A-1")).IsProblem(409, "sales_not_open");

        Assert.Equal(new DateTimeOffset(2029, 6, 1, 10, 0, 0, TimeSpan.Zero), refused["opens_at"].IsTime());
    }

    [Fact]
    public async Task Support_and_admin_hold_for_a_user_and_nobody_else_does()
    {
        var show = await _world.ShowAsync();
        var (ann, bob) = (await _world.CustomerAsync(), await _world.CustomerAsync());
        object For(string seat) => new { seats = new[] { seat }, user_id = ann.Id };

        var held = (await (await _world.SupportAsync()).Api.PostAsync($"{show.Path}/hold", For("A-1"))).Is(201);
        Assert.Equal(ann.Id, held.String("user_id"));
        (await ann.Api.GetAsync($"/holdings/{held.String("holding_id")}")).Is(200);
        (await Show.ConfirmAsync(ann, held.String("holding_id"))).Is(200);
        (await (await _world.AdminAsync()).Api.PostAsync($"{show.Path}/hold", For("A-2"))).Is(201);
        (await ann.Api.PostAsync($"{show.Path}/hold", For("A-3"))).Is(201);

        (await bob.Api.PostAsync($"{show.Path}/hold", For("A-4"))).IsProblem(403, "forbidden");
        (await show.Organizer.Api.PostAsync($"{show.Path}/hold", For("A-4"))).IsProblem(403, "forbidden");
        Assert.Equal("available", await show.SeatStateAsync("A-4"));
    }

    [Fact]
    public async Task An_event_that_does_not_exist_holds_nothing()
    {
        var user = await _world.CustomerAsync();

        (await user.Api.PostAsync("/events/event-00000000000000000000000000/hold", new { seats = new[] { "A-1" } })).IsProblem(404, "event_not_found");
        (await user.Api.PostAsync("/events/nonsense/hold", new { seats = new[] { "A-1" } })).IsProblem(404, "event_not_found");
    }

    [Fact]
    public async Task Strangers_hold_nothing()
    {
        var show = await _world.ShowAsync();

        (await _world.Anonymous.PostAsync($"{show.Path}/hold", new { seats = new[] { "A-1" } })).IsProblem(401);
    }

    [Theory]
    [InlineData("price", "0.01")]
    [InlineData("total", "0")]
    [InlineData("state", "\"booked\"")]
    [InlineData("expires_at", "\"2039-01-01T00:00:00Z\"")]
    [InlineData("hold_seconds", "3600")]
    [InlineData("holding_id", "\"holding-00000000000000000000000000\"")]
    public async Task A_price_or_a_state_in_the_body_is_refused(string member, string value)
    {
        var show = await _world.ShowAsync();

        var refused = await (await _world.CustomerAsync()).Api.PostTextAsync($"{show.Path}/hold", $$"""{"seats":["A-1"],"{{member}}":{{value}}}""");

        refused.IsProblem(400, "unknown_field");
        Assert.Equal("available", await show.SeatStateAsync("A-1"));
    }
}
