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
    private readonly ConcurrentDictionary<string, int> _answers = new(StringComparer.Ordinal);
    private volatile bool _calm;

    /// <summary>Bookings whose confirmation was answered, and that nobody asked to cancel.</summary>
    public IEnumerable<(string BookingId, User User)> Kept => _confirmed.Where(booking => !_cancelAsked.ContainsKey(booking.Key)).Select(booking => (booking.Key, booking.Value));

    public int Confirmed => _confirmed.Count;

    /// <summary>How often each call was answered with each status.</summary>
    public string Answers => string.Join(", ", _answers.OrderBy(answer => answer.Key, StringComparer.Ordinal).Select(answer => $"{answer.Value} × {answer.Key}"));

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
        var held = Told("hold", await show.TryHoldAsync(buyer, seats));
        if (held.Status != 201)
        {
            MayBe(held, (409, "seats_unavailable"), (429, "hold_limit"));
            return;
        }

        var holding = held.String("holding_id");
        var method = Methods[random.Next(Methods.Length)];
        var confirmed = Told("confirm", await Show.ConfirmAsync(buyer, holding, method, waitSeconds: 5));
        if (confirmed.Status != 200)
        {
            if (confirmed.Status == 410)
                Assert.True(TimeProvider.System.GetUtcNow() >= held["expires_at"].IsTime(), $"Not expired yet: {confirmed}");
            else if (confirmed.Status == 402)
                Assert.Equal("sim_declined", method);
            else if (confirmed.Status != 202)
                MayBe(confirmed, (409, "payment_in_progress"));
            return;
        }

        Assert.Equal(held["seats_held"].Strings().Order(), confirmed["seats"].Strings().Order());
        _confirmed[Show.BookingOf(holding)] = buyer;
        if (random.Next(6) != 0)
            return;
        _cancelAsked[Show.BookingOf(holding)] = buyer;
        var cancelled = Told("cancel", await buyer.Api.PostAsync($"/bookings/{Show.BookingOf(holding)}/cancel"));
        if (cancelled.Status != 200)
            MayBe(cancelled);
    }

    private Answer Told(string call, Answer answer)
    {
        _answers.AddOrUpdate($"{call} {answer.Status}", 1, (_, count) => count + 1);
        return answer;
    }

    /// <summary>503 is what an instance without its table, or a stopping or starting one, may always say; besides, only what the buyer brought about.</summary>
    private static void MayBe(Answer answer, params (int Status, string Code)[] refusals)
    {
        if (answer.Status == 503)
            answer.IsProblem(503);
        else if (!refusals.Any(refusal => refusal.Status == answer.Status && answer.String("code") == refusal.Code))
            Assert.Fail($"Not an answer to this: {answer}");
    }
}
