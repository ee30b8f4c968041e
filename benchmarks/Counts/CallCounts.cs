using System.Globalization;

namespace Evently.Counts;

/// <param name="Flushes">Of the data file until the call is answered.</param>
/// <param name="FlushesInAll">With what it sets off.</param>
/// <param name="Steps">Messages handled because of it, inside the process and from its queues.</param>
/// <param name="Bytes">Allocated by host and client together until it is answered.</param>
internal sealed record CallCount(string Call, long Flushes, long FlushesInAll, long Steps, long Bytes);

/// <summary>Counts one call at a time; figures are the middle ones of several.</summary>
internal sealed class CallCounts(CountedHost host)
{
    private const string SeatMap = "application/vnd.evently.seatmap+json";
    private const int Seats = 4_000;
    private const int RowSeats = 40;
    private static readonly string[] SeatTypes = ["standard"];
    private const int SeatsEach = 2;
    private const int HoldsEach = 4;
    private const int WarmUps = 60;
    private const int Counted = 15;
    private const int Weighed = 60;
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);

    private readonly List<string> _buyers = [];
    private string _eventId = "";
    private int _sold;

    public async Task<IReadOnlyList<CallCount>> MeasureAsync()
    {
        await OpenAsync();
        for (var i = 0; i < WarmUps; i++)
        {
            await ConfirmAsync(await HoldAsync());
            await RefusedAsync();
            await SeatMapAsync();
        }

        return
        [
            await CountAsync("hold 2 seats", () => Task.FromResult(""), _ => HoldAsync()),
            await CountAsync("confirm", HoldAsync, ConfirmAsync),
            await CountAsync("hold 2 seats that are gone", () => Task.FromResult(""), _ => RefusedAsync()),
            await CountAsync("read a seat map of 4,000 seats", () => Task.FromResult(""), _ => SeatMapAsync()),
        ];
    }

    private async Task<CallCount> CountAsync(string name, Func<Task<string>> prepare, Func<string, Task<string>> call)
    {
        var (flushes, inAll, steps, bytes) = (new List<long>(), new List<long>(), new List<long>(), new List<long>());
        using (host.CountSteps())
        {
            for (var i = 0; i < Counted; i++)
            {
                var prepared = await PrepareAsync(prepare);
                var (flushesBefore, stepsBefore) = (host.FlushCount, host.StepCount);
                await call(prepared);
                flushes.Add(host.FlushCount - flushesBefore);
                await SettleAsync();
                inAll.Add(host.FlushCount - flushesBefore);
                steps.Add(host.StepCount - stepsBefore);
            }
        }

        for (var i = 0; i < Weighed; i++)
        {
            var prepared = await PrepareAsync(prepare);
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await call(prepared);
            bytes.Add(GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        return new CallCount(name, Middle(flushes), Middle(inAll), Middle(steps), Low(bytes));
    }

    private async Task<string> PrepareAsync(Func<Task<string>> prepare)
    {
        var prepared = await prepare();
        await SettleAsync();
        return prepared;
    }

    /// <summary>What is written beside messages, such as a tally, comes a moment later.</summary>
    private async Task SettleAsync()
    {
        await host.SettleAsync();
        await Task.Delay(Quiet, TimeProvider.System);
    }

    /// <summary>Loops of the host allocate beside a call now and then, never the other way round.</summary>
    private static long Low(List<long> values) => values.Order().ElementAt(values.Count / 10);

    private static long Middle(List<long> values) => values.Order().ElementAt(values.Count / 2);

    private async Task<string> HoldAsync()
    {
        var seats = Enumerable.Range(_sold, SeatsEach).Select(PositionOf).ToArray();
        var buyer = _buyers[_sold / (SeatsEach * HoldsEach)];
        _sold += SeatsEach;
        var held = await host.PostAsync(buyer, $"/events/{_eventId}/hold", new { seats }, 201);
        return $"{buyer} {held!["holding_id"]}";
    }

    private async Task<string> ConfirmAsync(string hold)
    {
        var parts = hold.Split(' ');
        await host.PostAsync(parts[0], $"/{parts[1]}/confirm", new { payment_method = "sim_ok" }, 200);
        return "";
    }

    private async Task<string> RefusedAsync()
    {
        await host.PostAsync(_buyers[^1], $"/events/{_eventId}/hold", new { seats = new[] { PositionOf(0), PositionOf(1) } }, 409);
        return "";
    }

    private async Task<string> SeatMapAsync()
    {
        await host.GetAsync(SeatMap, $"/events/{_eventId}/seats");
        return "";
    }

    private async Task OpenAsync()
    {
        var admin = (string?)(await host.PostAsync(null, "/user/token", new { email = CountedHost.AdminEmail, password = CountedHost.Password }, 200))!["access_token"];
        var venueId = (string?)(await host.PostAsync(
            admin, "/venue", new { name = "Hall", city = "Rome", description = "A hall.", seat_types = SeatTypes }, 201))!["venue_id"];
        var rows = Enumerable.Range(0, Seats / RowSeats).Select(row => new { section = "S", row = RowOf(row), first = 1, last = RowSeats, seat_type = "standard" });
        await host.PostAsync(admin, $"/venue/{venueId}/seats", new { rows }, 201);
        await host.SettleAsync();
        _eventId = (string?)(await host.PostAsync(
            admin,
            "/events",
            new
            {
                venue_id = venueId,
                name = "An evening of songs",
                start_time = TimeProvider.System.GetUtcNow().AddDays(90),
                duration = 120,
                artists = Array.Empty<string>(),
                tags = Array.Empty<string>(),
                description = "An evening.",
                seat_type_prices = new Dictionary<string, decimal> { ["standard"] = 45.50m },
                currency = "USD",
            },
            201))!["event_id"] ?? "";
        var holds = WarmUps + (2 * (Counted + Weighed));
        for (var i = 0; i <= holds / HoldsEach + 1; i++)
            _buyers.Add(await BuyerAsync(i));
        await host.SettleAsync();
    }

    private async Task<string> BuyerAsync(int number)
    {
        var email = string.Create(CultureInfo.InvariantCulture, $"buyer{number}@evently.test");
        await host.PostAsync(null, "/user", new { email, phone = "+393331234567", password = CountedHost.Password, name = "A buyer" }, 201);
        return (string?)(await host.PostAsync(null, "/user/token", new { email, password = CountedHost.Password }, 200))!["access_token"] ?? "";
    }

    private static string PositionOf(int seat) => string.Create(CultureInfo.InvariantCulture, $"S/{RowOf(seat / RowSeats)}-{(seat % RowSeats) + 1}");

    private static string RowOf(int row) => (row + 1).ToString(CultureInfo.InvariantCulture);
}
