namespace Evently.Api.Tests.Analytics;

public sealed class EventAnalyticsTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task An_events_figures_are_complete_and_follow_its_sales()
    {
        var show = await _world.ShowAsync(new ShowPlan { Tags = ["rock"], Artists = ["Björk"] });
        var (ann, bob) = (await _world.CustomerAsync(), await _world.CustomerAsync());
        await show.BuyAsync(ann, "A-1", "A-2");
        var cancelled = await show.BuyAsync(ann, "V-1");
        (await ann.Api.PostAsync($"/bookings/{cancelled}/cancel")).Is(200);
        await show.HoldAsync(bob, "A-3");
        (await show.TryHoldAsync(bob, "A-1", "A-4")).IsProblem(409, "seats_unavailable");

        var figures = await Eventually.AnswersAsync(
            () => show.Organizer.Api.GetAsync($"{show.Path}/analytics"),
            answer => answer.Status == 200 && answer.Number("refunded") == 120m && answer.Number("seats_held") == 1 && answer.Number("failed_holds") == 1);

        Assert.Equal("application/json", figures.ContentType);
        Assert.Equal(show.EventId, figures.String("event_id"));
        Assert.Equal(show.Created.String("name"), figures.String("event_name"));
        Assert.Equal(show.VenueId, figures.String("venue_id"));
        Assert.Equal(show.Created.String("venue_name"), figures.String("venue_name"));
        Assert.Equal(20, figures.Number("total_seats"));
        Assert.Equal(17, figures.Number("seats_available"));
        Assert.Equal(2, figures.Number("seats_booked"));
        Assert.Equal(2, figures.Number("seats_sold"));
        Assert.Equal(10m, figures.Number("capacity_utilization"));
        Assert.Equal(2, figures.Number("total_bookings"));
        Assert.Equal(1, figures.Number("successful_bookings"));
        Assert.Equal(1, figures.Number("cancelled_bookings"));
        Assert.Equal(4, figures.Number("hold_attempts"));
        Assert.Equal(0, figures.Number("expired_holds"));
        figures["revenue_generated"].IsMoney("91.00");
        figures["refunded"].IsMoney("120.00");
        figures["average_booking_value"].IsMoney("91.00");
        figures["revenue_by_seat_type"].GetProperty("standard").IsMoney("91.00");
        Assert.Equal("USD", figures.String("currency"));
        Assert.Equal(50m, figures.Number("booking_success_rate"));
        Assert.Equal(75m, figures.Number("hold_success_rate"));
        Assert.Equal(50m, figures.Number("cancellation_rate"));
        figures["last_booking_time"].IsTime();
        figures["start_time"].IsTime();
        figures["as_of"].IsTime();
        Assert.Equal(120, figures.Number("duration"));
        Assert.Equal(["Björk"], figures["artists"].Strings());
        Assert.Equal(["rock"], figures["tags"].Strings());
    }

    [Fact]
    public async Task A_new_events_figures_are_zero()
    {
        var show = await _world.ShowAsync();

        var figures = (await show.Organizer.Api.GetAsync($"{show.Path}/analytics")).IsJson(200);

        Assert.Equal(20, figures.Number("total_seats"));
        Assert.Equal(20, figures.Number("seats_available"));
        Assert.Equal(0, figures.Number("hold_attempts"));
        Assert.Equal(0, figures.Number("booking_success_rate"));
        figures["revenue_generated"].IsMoney("0.00");
        Assert.Equal("null", figures["last_booking_time"].GetRawText());
    }

    [Fact]
    public async Task The_timeline_adds_up_to_the_figures_in_every_granularity()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        await show.BuyAsync(user, "A-1", "A-2");
        var cancelled = await show.BuyAsync(user, "V-1");
        (await user.Api.PostAsync($"/bookings/{cancelled}/cancel")).Is(200);
        (await show.TryHoldAsync(user, "A-1")).IsProblem(409, "seats_unavailable");

        foreach (var granularity in (string[])["minute", "hour", "day"])
        {
            await Eventually.HoldsAsync(async () =>
            {
                var buckets = (await show.Organizer.Api.GetAsync($"{show.Path}/analytics/timeline?granularity={granularity}")).IsJson(200).List();
                decimal Sum(string member) => buckets.Sum(bucket => bucket.GetProperty(member).GetDecimal());
                Assert.Equal(
                    (2m, 3m, 211.00m, 1m, 2m, 1m, 0m),
                    (Sum("bookings"), Sum("seats"), Sum("revenue"), Sum("cancellations"), Sum("holds"), Sum("failed_holds"), Sum("expired_holds")));
                Assert.All(buckets, bucket => bucket.GetProperty("bucket").IsTime());
            });
        }
    }

    [Fact]
    public async Task The_timeline_is_cut_to_the_asked_times_and_refuses_what_it_does_not_know()
    {
        var show = await _world.ShowAsync();
        await show.BuyAsync(await _world.CustomerAsync(), "A-1");
        var path = $"{show.Path}/analytics/timeline";

        var past = (await show.Organizer.Api.GetAsync($"{path}?granularity=hour&from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z")).IsJson(200).List();
        Assert.Equal(0, past.Sum(bucket => bucket.GetProperty("bookings").GetInt32()));
        (await show.Organizer.Api.GetAsync($"{path}?granularity=fortnight")).IsInvalid("granularity");
        (await show.Organizer.Api.GetAsync($"{path}?from=yesterday")).IsInvalid("from");
    }

    [Fact]
    public async Task Every_seat_has_its_row()
    {
        var show = await _world.ShowAsync();
        await show.BuyAsync(await _world.CustomerAsync(), "A-1");

        await Eventually.HoldsAsync(async () =>
        {
            var seats = await show.Organizer.Api.AllAsync($"{show.Path}/seats/analytics?limit=7");
            Assert.Equal(20, seats.Count);
            Assert.Equal("A-1", Assert.Single(seats, seat => seat.GetProperty("seat_state").GetString() == "booked").GetProperty("seat_pos").GetString());
        });
        Assert.Equal(10, (await show.Organizer.Api.AllAsync($"{show.Path}/seats/analytics?seat_type=vip")).Count);
        Assert.Single(await show.Organizer.Api.AllAsync($"{show.Path}/seats/analytics?seat_state=booked"));
    }

    [Fact]
    public async Task An_organizer_lists_own_events_by_what_they_earn()
    {
        var organizer = await _world.UserAsync("organizer");
        var poor = await _world.ShowAsync(new ShowPlan { Organizer = organizer, Start = "2030-02-01T00:00:00Z" });
        var rich = await _world.ShowAsync(new ShowPlan { Organizer = organizer, Start = "2030-01-01T00:00:00Z" });
        await _world.ShowAsync();
        await rich.BuyAsync(await _world.CustomerAsync(), "V-1");

        await Eventually.HoldsAsync(async () =>
        {
            Assert.Equal([rich.EventId, poor.EventId], await IdsAsync("revenue"));
            Assert.Equal([rich.EventId, poor.EventId], await IdsAsync("utilization"));
            Assert.Equal([poor.EventId, rich.EventId], await IdsAsync("start_time"));
        });
        (await organizer.Api.GetAsync("/analytics/events?sort=colour")).IsInvalid("sort");

        async Task<IEnumerable<string>> IdsAsync(string sort) =>
            (await organizer.Api.AllAsync($"/analytics/events?sort={sort}&order=desc&limit=1")).Select(row => row.GetProperty("event_id").GetString()!);
    }

    [Fact]
    public async Task Figures_are_for_the_events_organizer_and_staff()
    {
        var show = await _world.ShowAsync();
        foreach (var path in (string[])[$"{show.Path}/analytics", $"{show.Path}/analytics/timeline", $"{show.Path}/seats/analytics"])
        {
            (await (await _world.SupportAsync()).Api.GetAsync(path)).Is(200);
            (await (await _world.AdminAsync()).Api.GetAsync(path)).Is(200);
            (await (await _world.CustomerAsync()).Api.GetAsync(path)).IsProblem(403, "forbidden");
            (await (await _world.UserAsync("organizer")).Api.GetAsync(path)).IsProblem(403, "forbidden");
        }

        (await (await _world.CustomerAsync()).Api.GetAsync("/analytics/events")).IsProblem(403, "forbidden");
    }

    [Fact]
    public async Task Figures_of_an_event_that_does_not_exist_are_not_found()
    {
        var admin = await _world.AdminAsync();
        foreach (var path in (string[])["analytics", "analytics/timeline", "seats/analytics"])
            (await admin.Api.GetAsync($"/events/event-00000000000000000000000000/{path}")).IsProblem(404, "event_not_found");
    }

    [Fact]
    public async Task A_users_figures_show_bookings_spend_and_favourites()
    {
        var user = await _world.CustomerAsync();
        var rock = await _world.ShowAsync(new ShowPlan { Tags = ["rock"], Artists = ["Björk"] });
        var jazz = await _world.ShowAsync(new ShowPlan { Tags = ["jazz"], Artists = ["Björk"] });
        await rock.BuyAsync(user, "A-1", "A-2");
        await rock.BuyAsync(user, "A-3");
        await jazz.BuyAsync(user, "A-1");
        var cancelled = await jazz.BuyAsync(user, "V-1");
        (await user.Api.PostAsync($"/bookings/{cancelled}/cancel")).Is(200);

        var figures = await Eventually.AnswersAsync(
            () => user.Api.GetAsync($"/user/{user.Id}/analytics"), answer => answer.IsJson(200).Number("bookings") == 4 && answer.Number("cancelled_bookings") == 1);

        Assert.Equal(4, figures.Number("seats"));
        Assert.Equal(25m, figures.Number("cancellation_rate"));
        Assert.Contains("182.00", figures["spend"].GetRawText(), StringComparison.Ordinal);
        Assert.Equal("rock", figures["favourite_tags"][0].GetProperty("name").GetString());
        Assert.Equal("Björk", figures["favourite_artists"][0].GetProperty("name").GetString());
        (await (await _world.SupportAsync()).Api.GetAsync($"/user/{user.Id}/analytics")).Is(200);
    }
}
