namespace Evently.Api.Tests.Booking;

public sealed class ContentionTests(SharedHost shared)
{
    /// <summary>Each tries five times, or comes with three groups.</summary>
    private const int Buyers = Backend.Crowd / 5;

    private readonly World _world = shared.World;

    [Fact]
    public async Task Of_a_crowd_of_concurrent_buyers_one_gets_the_seat()
    {
        var show = await _world.ShowAsync(new ShowPlan { Rows = [new("A", 1, "standard"), new("V", 1, "vip")] });
        var buyers = await _world.BuyersAsync(Buyers);

        var answers = await Task.WhenAll(Enumerable.Range(0, Backend.Crowd).Select(attempt => show.TryHoldAsync(buyers[attempt % Buyers], "A-1")));

        Assert.Single(answers, answer => answer.Status == 201);
        Assert.All(answers.Where(answer => answer.Status != 201), answer => answer.IsProblem(409, "seats_unavailable"));
        await show.AuditAsync();
    }

    [Fact]
    public async Task Of_many_groups_for_a_hundred_seats_none_gets_a_part_and_no_seat_is_sold_twice()
    {
        const int Groups = Backend.Crowd * 3 / 5;
        const int Seats = 100;
        var show = await _world.ShowAsync(new ShowPlan { Rows = [new("A", 60, "standard"), new("B", 20, "standard"), new("V", 20, "vip")] });
        var positions = Enumerable.Range(1, 60).Select(seat => $"A-{seat}")
            .Concat(Enumerable.Range(1, 20).Select(seat => $"B-{seat}"))
            .Concat(Enumerable.Range(1, 20).Select(seat => $"V-{seat}"))
            .ToArray();
        var buyers = await _world.BuyersAsync(Buyers);
        var random = new Random(20_301);
        var wishes = Enumerable.Range(0, Groups).Select(_ => random.GetItems(positions, random.Next(1, 5)).Distinct().Order().ToArray()).ToArray();
        var unserved = 0;

        var outcomes = await Task.WhenAll(wishes.Select(async (wish, index) =>
        {
            var buyer = buyers[index % Buyers];
            var held = await show.TryHoldAsync(buyer, wish);
            if (held.Status == 503 && Backend.MayBeBusy)
            {
                // No hold, or one that nobody hears of until it runs out.
                Interlocked.Add(ref unserved, wish.Length);
                return null;
            }

            if (held.Status != 201)
            {
                if (held.Status != 429)
                    held.IsProblem(409, "seats_unavailable");
                return null;
            }

            Assert.Equal(wish, held["seats_held"].Strings().Order());
            var booked = (await Eventually.ServedAsync(() => Show.ConfirmAsync(buyer, held.String("holding_id"), waitSeconds: 30))).Is(200);
            return booked["seats"].Strings();
        }));

        var sold = outcomes.Where(seats => seats is not null).SelectMany(seats => seats!).ToList();
        Assert.Equal(sold.Count, sold.Distinct().Count());
        Assert.InRange(sold.Count, Math.Min(Groups, Seats) / 2, Seats);
        var seats = await show.SeatsAsync();
        Assert.Equal(sold.Order(), seats.Values.Where(seat => seat.GetProperty("seat_state").GetString() == "booked").Select(seat => seat.GetProperty("seat_pos").GetString()!).Order());
        var audit = await show.AuditAsync();
        Assert.Equal(sold.Count, audit.Number("booked"));
        Assert.InRange(audit.Number("held"), 0, unserved);
    }

    [Fact]
    public async Task A_confirm_and_a_cancel_at_the_same_moment_have_one_winner()
    {
        var show = await _world.ShowAsync();
        var user = await _world.CustomerAsync();
        foreach (var seat in Enumerable.Range(1, 6).Select(number => $"A-{number}"))
        {
            var holding = await show.HoldAsync(user, seat);

            var answers = await Task.WhenAll(Show.ConfirmAsync(user, holding, "sim_slow_1"), user.Api.PostAsync($"/{holding}/cancel"));

            Assert.All(answers, answer => Assert.InRange(answer.Status, 200, 499));
            await Eventually.HoldsAsync(async () =>
            {
                var state = (await user.Api.GetAsync($"/holdings/{holding}")).Is(200).String("state");
                var payments = await show.PaymentsAsync(Show.BookingOf(holding));
                Assert.True(
                    (state, payments.Charges().Count - payments.Refunds().Count) is ("confirmed", 1) or ("cancelled", 0),
                    $"{state}: {string.Join(", ", payments)}");
            });
        }

        await show.AuditEndsCleanAsync();
    }
}
