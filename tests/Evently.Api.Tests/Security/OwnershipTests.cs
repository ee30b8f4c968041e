namespace Evently.Api.Tests.Security;

/// <summary>Somebody else's things answer as those that don't exist, by every verb.</summary>
public sealed class OwnershipTests(SharedHost shared)
{
    private const string NoHolding = "holding-00000000000000000000000000";
    private const string NoBooking = "booking-00000000000000000000000000";
    private readonly World _world = shared.World;

    [Fact]
    public async Task Another_users_holding_is_as_if_it_did_not_exist()
    {
        var show = await _world.ShowAsync();
        var owner = await _world.CustomerAsync();
        var holding = await show.HoldAsync(owner, "A-1");

        foreach (var stranger in (User[])[await _world.CustomerAsync(), show.Organizer])
        {
            await SameAsync(stranger, api => api.GetAsync($"/holdings/{holding}"), api => api.GetAsync($"/holdings/{NoHolding}"));
            await SameAsync(stranger, api => api.PostAsync($"/{holding}/confirm", new { payment_method = "sim_ok" }), api => api.PostAsync($"/{NoHolding}/confirm", new { payment_method = "sim_ok" }));
            await SameAsync(stranger, api => api.PostAsync($"/{holding}/cancel"), api => api.PostAsync($"/{NoHolding}/cancel"));
        }

        Assert.Equal("held", (await owner.Api.GetAsync($"/holdings/{holding}")).Is(200).String("state"));
    }

    [Fact]
    public async Task Another_users_booking_is_as_if_it_did_not_exist()
    {
        var show = await _world.ShowAsync();
        var owner = await _world.CustomerAsync();
        var booking = await show.BuyAsync(owner, "A-1");

        foreach (var stranger in (User[])[await _world.CustomerAsync(), show.Organizer])
        {
            await SameAsync(stranger, api => api.GetAsync($"/bookings/{booking}"), api => api.GetAsync($"/bookings/{NoBooking}"));
            await SameAsync(stranger, api => api.PostAsync($"/bookings/{booking}/cancel"), api => api.PostAsync($"/bookings/{NoBooking}/cancel"));
            await SameAsync(stranger, api => api.PostAsync($"/{booking}/cancel"), api => api.PostAsync($"/{NoBooking}/cancel"));
            await SameAsync(stranger, api => api.PostAsync($"/holding-{booking["booking-".Length..]}/confirm", new { payment_method = "sim_ok" }), api => api.PostAsync($"/{NoHolding}/confirm", new { payment_method = "sim_ok" }));
        }

        Assert.Equal("confirmed", (await owner.Api.GetAsync($"/bookings/{booking}")).Is(200).String("state"));
    }

    [Fact]
    public async Task Another_users_account_history_and_figures_are_as_if_they_did_not_exist()
    {
        var owner = await _world.CustomerAsync();
        const string Nobody = "user-00000000000000000000000000";

        foreach (var stranger in (User[])[await _world.CustomerAsync(), await _world.OrganizerAsync()])
        {
            foreach (var path in (string[])["/user/{0}", "/user/{0}/bookings", "/user/{0}/analytics"])
            {
                await SameAsync(
                    stranger,
                    api => api.GetAsync(path.Replace("{0}", owner.Id, StringComparison.Ordinal)),
                    api => api.GetAsync(path.Replace("{0}", Nobody, StringComparison.Ordinal)));
            }
        }
    }

    [Theory]
    [InlineData("GET", "/user/{user}")]
    [InlineData("GET", "/user/{user}/bookings")]
    [InlineData("PUT", "/user/{user}/roles")]
    [InlineData("POST", "/venue")]
    [InlineData("POST", "/venue/{venue}/seats")]
    [InlineData("POST", "/events")]
    [InlineData("PATCH", "/events/{event}")]
    [InlineData("POST", "/events/{event}/cancel")]
    [InlineData("POST", "/events/{event}/hold")]
    [InlineData("GET", "/holdings/{holding}")]
    [InlineData("POST", "/{holding}/confirm")]
    [InlineData("POST", "/{holding}/cancel")]
    [InlineData("GET", "/bookings/{booking}")]
    [InlineData("POST", "/bookings/{booking}/cancel")]
    [InlineData("POST", "/{booking}/cancel")]
    [InlineData("GET", "/simulator/payments?reference={booking}")]
    [InlineData("GET", "/events/{event}/analytics")]
    [InlineData("GET", "/events/{event}/analytics/timeline")]
    [InlineData("GET", "/events/{event}/seats/analytics")]
    [InlineData("GET", "/analytics/events")]
    [InlineData("GET", "/user/{user}/analytics")]
    [InlineData("GET", "/support/bookings")]
    [InlineData("GET", "/support/bookings/{booking}")]
    [InlineData("POST", "/support/bookings/{booking}/actions")]
    [InlineData("GET", "/support/queues")]
    [InlineData("POST", "/support/queues/evently-booking/redrive")]
    [InlineData("GET", "/support/ledger/{event}")]
    public async Task Without_a_token_every_private_call_answers_401(string verb, string path)
    {
        foreach (var prefix in (string[])["user", "venue", "event", "holding", "booking"])
            path = path.Replace("{" + prefix + "}", prefix + "-00000000000000000000000000", StringComparison.Ordinal);
        using var body = verb == "GET" ? null : ApiClient.Json("{}");

        var refused = (await _world.Anonymous.SendAsync(new HttpMethod(verb), path, body)).IsProblem(401);

        Assert.StartsWith("Bearer", refused.Header("WWW-Authenticate"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/support/bookings")]
    [InlineData("GET", "/support/bookings/booking-00000000000000000000000000")]
    [InlineData("POST", "/support/bookings/booking-00000000000000000000000000/actions")]
    [InlineData("GET", "/support/queues")]
    [InlineData("POST", "/support/queues/evently-booking/redrive")]
    [InlineData("GET", "/support/ledger/event-00000000000000000000000000")]
    [InlineData("GET", "/simulator/payments?reference=x")]
    public async Task Customers_and_organizers_have_no_support_calls(string verb, string path)
    {
        foreach (var user in (User[])[await _world.CustomerAsync(), await _world.OrganizerAsync()])
        {
            using var body = verb == "GET" ? null : ApiClient.Json("""{"action":"refund"}""");
            (await user.Api.SendAsync(new HttpMethod(verb), path, body)).IsProblem(403, "forbidden");
        }
    }

    /// <summary>The same status and body but for the trace.</summary>
    private static async Task SameAsync(User stranger, Func<ApiClient, Task<Answer>> theirs, Func<ApiClient, Task<Answer>> missing)
    {
        var refused = (await theirs(stranger.Api)).IsProblem(404);
        var unknown = (await missing(stranger.Api)).IsProblem(404);
        foreach (var member in (string[])["type", "title", "code"])
            Assert.Equal(unknown.String(member), refused.String(member));
        Assert.Equal(unknown.Json.EnumerateObject().Select(member => member.Name), refused.Json.EnumerateObject().Select(member => member.Name));
        Assert.Equal(WithoutIds(unknown.String("detail")), WithoutIds(refused.String("detail")));
    }

    private static string WithoutIds(string detail) => System.Text.RegularExpressions.Regex.Replace(detail, "[0-9A-Z]{26}", "…");
}
