namespace Evently.Api.Tests.Booking;

public sealed class ExpiryTests(SharedHost shared)
{
    private static readonly TimeSpan Terminal = TimeSpan.FromSeconds(65);
    private readonly World _world = shared.World;

    [Fact]
    public async Task A_hold_that_nobody_confirms_is_sold_to_somebody_else_the_moment_it_expires()
    {
        var show = await _world.ShowAsync(new ShowPlan { HoldSeconds = 5 });
        var (ann, bob) = (await _world.CustomerAsync(), await _world.CustomerAsync());
        var held = (await show.TryHoldAsync(ann, "A-1", "A-2")).Is(201);
        var expires = held["expires_at"].IsTime();

        var (asked, answered) = (DateTimeOffset.MinValue, DateTimeOffset.MinValue);
        var resold = await Eventually.AnswersAsync(
            async () =>
            {
                Assert.True(asked < expires, $"Not sold at {asked:O}, after its expiry at {expires:O}.");
                asked = TimeProvider.System.GetUtcNow();
                var answer = await show.TryHoldAsync(bob, "A-1");
                answered = TimeProvider.System.GetUtcNow();
                return answer;
            },
            answer => answer.Status == 201,
            TimeSpan.FromSeconds(15));

        Assert.True(answered >= expires, $"Sold at {answered:O}, before its expiry at {expires:O}.");
        (await Show.ConfirmAsync(ann, held.String("holding_id"))).IsProblem(410, "hold_expired");
        (await Show.ConfirmAsync(bob, resold.String("holding_id"))).Is(200);
        await Eventually.AnswersAsync(() => ann.Api.GetAsync($"/holdings/{held.String("holding_id")}"), answer => answer.Is(200).String("state") == "expired", Terminal);
        Assert.Empty((await show.PaymentsAsync(Show.BookingOf(held.String("holding_id")))).Charges());
        await show.AuditAsync();
    }

    [Fact]
    public async Task An_expired_hold_is_terminal_within_a_minute_and_stays_so()
    {
        var show = await _world.ShowAsync(new ShowPlan { HoldSeconds = 5 });
        var user = await _world.CustomerAsync();
        var holding = await show.HoldAsync(user, "A-1");

        await Eventually.AnswersAsync(() => user.Api.GetAsync($"/holdings/{holding}"), answer => answer.Is(200).String("state") == "expired", Terminal);

        (await Show.ConfirmAsync(user, holding)).IsProblem(410, "hold_expired");
        (await user.Api.PostAsync($"/{holding}/cancel")).IsProblem(410, "hold_expired");
        Assert.Equal("expired", (await user.Api.GetAsync($"/holdings/{holding}")).Is(200).String("state"));
        Assert.Equal("available", await show.SeatStateAsync("A-1"));
        var audit = await show.AuditAsync();
        Assert.Equal(20, audit.Number("free"));
    }

    [Fact]
    public async Task An_expired_hold_no_longer_counts_against_the_users_limit()
    {
        var show = await _world.ShowAsync(new ShowPlan { HoldSeconds = 5 });
        var user = await _world.CustomerAsync();
        await show.HoldAsync(user, Enumerable.Range(1, 8).Select(seat => $"A-{seat}"));
        (await show.TryHoldAsync(user, "V-1", "V-2", "V-3")).IsProblem(429, "hold_limit");

        await Eventually.AnswersAsync(() => show.TryHoldAsync(user, "V-1", "V-2", "V-3"), answer => answer.Status == 201);
    }

    [Fact]
    public async Task Many_buyers_of_an_expiring_seat_end_with_one_owner()
    {
        var show = await _world.ShowAsync(new ShowPlan { HoldSeconds = 5, Rows = [new("A", 1, "standard"), new("V", 1, "vip")] });
        var buyers = await _world.BuyersAsync(12);
        var expires = (await show.TryHoldAsync(buyers[0], "A-1")).Is(201)["expires_at"].IsTime();

        var won = await Task.WhenAll(buyers.Skip(1).Select(async buyer =>
        {
            while (TimeProvider.System.GetUtcNow() < expires.AddSeconds(2))
            {
                var held = await show.TryHoldAsync(buyer, "A-1");
                if (held.Status == 201)
                    return held.String("holding_id");
                held.IsProblem(409, "seats_unavailable");
            }

            return null;
        }));

        Assert.Single(won, holding => holding is not null);
        await show.AuditAsync();
    }
}
