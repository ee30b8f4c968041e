using System.Globalization;
using System.Text.Json;

namespace Evently.Api.Tests.Analytics;

/// <summary>After a random mix of everything that buyers do, the figures equal a recount from the bookings, the ledger and the gateway's record.</summary>
public sealed class RecountTests(SharedHost shared)
{
    private const int Buyers = 12;
    private const int OperationsPerBuyer = 5;
    private readonly World _world = shared.World;

    [Theory]
    [InlineData(1)]
    [InlineData(20_260)]
    public async Task Figures_equal_a_recount_after_a_random_mix(int seed)
    {
        var show = await _world.ShowAsync(new ShowPlan { HoldSeconds = 6, Rows = [new("A", 20, "standard"), new("V", 10, "vip")] });
        var buyers = await _world.BuyersAsync(Buyers);
        var (held, refused) = (new List<(User User, string Id)>(), 0);

        await Task.WhenAll(buyers.Select(async (buyer, index) =>
        {
            var random = new Random(seed + index);
            for (var operation = 0; operation < OperationsPerBuyer; operation++)
            {
                var answer = await show.TryHoldAsync(buyer, RandomSeats(random));
                if (answer.Status != 201)
                {
                    answer.IsProblem(409, "seats_unavailable");
                    Interlocked.Increment(ref refused);
                    continue;
                }

                var holding = answer.String("holding_id");
                lock (held)
                    held.Add((buyer, holding));
                await GoOnAsync(random, buyer, holding);
            }
        }));

        await SettledAsync(show, held);
        await RecountAsync(show, held, refused);
        await show.AuditEndsCleanAsync();
    }

    private static IEnumerable<string> RandomSeats(Random random) =>
        Enumerable.Range(0, random.Next(1, 3)).Select(_ => random.Next(3) == 0
            ? string.Create(CultureInfo.InvariantCulture, $"V-{random.Next(1, 11)}")
            : string.Create(CultureInfo.InvariantCulture, $"A-{random.Next(1, 21)}"));

    private static async Task GoOnAsync(Random random, User buyer, string holding)
    {
        switch (random.Next(10))
        {
            case 0:
                (await buyer.Api.PostAsync($"/{holding}/cancel")).Is(200);
                break;
            case 1:
                (await Show.ConfirmAsync(buyer, holding, "sim_declined")).IsProblem(402, "payment_declined");
                break;
            case 2:
                break;
            case 3:
                await Show.ConfirmAsync(buyer, holding, "sim_unknown");
                break;
            default:
                var booking = (await Show.ConfirmAsync(buyer, holding)).Is(200).String("booking_id");
                if (random.Next(3) == 0)
                    (await buyer.Api.PostAsync($"/bookings/{booking}/cancel")).Is(200);
                break;
        }
    }

    private static Task SettledAsync(Show show, List<(User User, string Id)> held) => Eventually.HoldsAsync(
        async () =>
        {
            foreach (var (user, id) in held)
                Assert.NotEqual("held", (await user.Api.GetAsync($"/holdings/{id}")).Is(200).String("state"));
            Assert.Equal(0, (await show.AuditAsync()).Number("held"));
        },
        TimeSpan.FromSeconds(75));

    private async Task RecountAsync(Show show, List<(User User, string Id)> held, int refused)
    {
        var support = await _world.SupportAsync();
        var (confirmed, cancelled, expired, refunded, revenue) = (0, 0, 0, 0m, 0m);
        foreach (var (_, id) in held)
        {
            var payments = await show.PaymentsAsync(Show.BookingOf(id));
            refunded += payments.Refunds().Sum(refund => refund.Amount);
            var read = await support.Api.GetAsync($"/bookings/{Show.BookingOf(id)}");
            switch (read.Status == 200 ? read.String("state") : "none")
            {
                case "confirmed":
                    confirmed++;
                    revenue += read.Number("total");
                    break;
                case "cancelled" when payments.Charges().Count > 0:
                    cancelled++;
                    break;
            }

            if ((await support.Api.GetAsync($"/holdings/{id}")).Is(200).String("state") == "expired")
                expired++;
        }

        var seats = (await show.SeatsAsync()).Values.ToList();
        var booked = seats.Where(seat => seat.GetProperty("seat_state").GetString() == "booked").ToList();
        var expected = new Dictionary<string, decimal>
        {
            ["total_seats"] = 30,
            ["seats_held"] = 0,
            ["seats_booked"] = booked.Count,
            ["seats_sold"] = booked.Count,
            ["seats_available"] = 30 - booked.Count,
            ["total_bookings"] = confirmed + cancelled,
            ["successful_bookings"] = confirmed,
            ["cancelled_bookings"] = cancelled,
            ["hold_attempts"] = held.Count + refused,
            ["failed_holds"] = refused,
            ["expired_holds"] = expired,
            ["revenue_generated"] = revenue,
            ["refunded"] = refunded,
        };
        Assert.Equal(revenue, booked.Sum(Price));
        await Eventually.HoldsAsync(async () =>
        {
            var figures = (await show.Organizer.Api.GetAsync($"{show.Path}/analytics")).Is(200);
            Assert.Equal(expected, expected.Keys.ToDictionary(name => name, figures.Number));
            foreach (var type in booked.GroupBy(seat => seat.GetProperty("seat_type").GetString()!))
                Assert.Equal(type.Sum(Price), figures["revenue_by_seat_type"].GetProperty(type.Key).GetDecimal());
        });
    }

    private static decimal Price(JsonElement seat) => seat.GetProperty("price").GetDecimal();
}
