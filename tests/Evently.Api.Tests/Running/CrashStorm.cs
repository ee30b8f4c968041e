using System.Collections.Concurrent;
using System.Globalization;

namespace Evently.Api.Tests.Running;

/// <summary>Buyers that hold, pay and cancel without pause while the process under them is killed and started again; keeps what they were told.</summary>
internal sealed class CrashStorm(IReadOnlyList<Show> shows, IReadOnlyList<User> buyers, int seed)
{
    /// <summary>What the buyers choose from.</summary>
    public static readonly ShowPlan Plan = new()
    {
        HoldSeconds = 10,
        Rows = [.. Enumerable.Range(1, 20).Select(row => new RowPlan($"R{row}", 50, "standard"))],
        Prices = new Dictionary<string, decimal> { ["standard"] = 45.50m },
    };

    private static readonly string[] Methods = ["sim_ok", "sim_ok", "sim_ok", "sim_slow_1", "sim_unknown", "sim_error_1", "sim_declined"];
    private readonly ConcurrentDictionary<string, User> _confirmed = new();
    private readonly ConcurrentDictionary<string, User> _cancelAsked = new();
    private volatile bool _calm;

    /// <summary>Bookings whose confirmation was answered, and that nobody asked to cancel.</summary>
    public IEnumerable<(string BookingId, User User)> Kept => _confirmed.Where(booking => !_cancelAsked.ContainsKey(booking.Key)).Select(booking => (booking.Key, booking.Value));

    public int Confirmed => _confirmed.Count;

    public Task RunAsync() => Task.WhenAll(buyers.Select((buyer, index) => BuyAsync(buyer, new Random(seed + index))));

    public void Calm() => _calm = true;

    private async Task BuyAsync(User buyer, Random random)
    {
        while (!_calm)
        {
            try
            {
                await BuyOnceAsync(buyer, random);
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException)
            {
                // Killed under the call: the answer is unknown, which is the point. Go on when it is up again.
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, TestContext.Current.CancellationToken);
            }
        }
    }

    private async Task BuyOnceAsync(User buyer, Random random)
    {
        var show = shows[random.Next(shows.Count)];
        var seats = Enumerable.Range(0, random.Next(1, 4)).Select(_ => string.Create(CultureInfo.InvariantCulture, $"R{random.Next(1, 21)}-{random.Next(1, 51)}"));
        var held = await show.TryHoldAsync(buyer, seats);
        NoFailure(held);
        if (held.Status != 201)
            return;
        var holding = held.String("holding_id");
        var confirmed = await Show.ConfirmAsync(buyer, holding, Methods[random.Next(Methods.Length)], waitSeconds: 5);
        NoFailure(confirmed);
        if (confirmed.Status != 200)
            return;
        _confirmed[Show.BookingOf(holding)] = buyer;
        if (random.Next(6) != 0)
            return;
        _cancelAsked[Show.BookingOf(holding)] = buyer;
        NoFailure(await buyer.Api.PostAsync($"/bookings/{Show.BookingOf(holding)}/cancel"));
    }

    // 503 is what a stopping or starting process may say; any other 5xx is a bug.
    private static void NoFailure(Answer answer)
    {
        if (answer.Status is >= 500 and not 503)
            Assert.Fail(answer.ToString());
    }
}
