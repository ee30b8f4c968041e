using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Evently.Load.Hosts;

namespace Evently.Load.Stage;

/// <summary>Makes venues and events on a host, and sees when a sale has come to rest.</summary>
internal sealed class Organizer
{
    /// <summary>The most that an event lets a user hold at a time: the larger, the fewer users have to be signed up.</summary>
    public const int SeatsPerUser = 20;

    /// <summary>Longer than any measurement, so that no hold ends in one.</summary>
    private const int HoldSeconds = 3_600;

    private static readonly TimeSpan SettleBound = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private static readonly ConcurrentDictionary<int, Hall> Halls = new();
    private readonly Api _admin;
    private readonly string _token;
    private readonly Dictionary<int, string> _venues;
    private int _number;

    private Organizer(HttpClient http, string token, Dictionary<int, string> venues)
    {
        _admin = new Api(http, token);
        (_token, _venues) = (token, venues);
    }

    public static async Task<Organizer> SignInAsync(ChildHost host) =>
        new(host.Http, await Api.SignInAsync(host.Http, Programs.AdminEmail, Programs.AdminPassword), []);

    /// <summary>The same person on a host that runs on the same data, or on a copy of it.</summary>
    public Organizer On(ChildHost host) => new(host.Http, _token, new Dictionary<int, string>(_venues));

    /// <summary>An event of that many seats, whose map has been looked at once as it is before every sale.</summary>
    public async Task<Show> ShowAsync(int seats)
    {
        var hall = Halls.GetOrAdd(seats, static count => new Hall(count));
        if (!_venues.TryGetValue(seats, out var venue))
            _venues[seats] = venue = await VenueAsync(hall);
        var created = await _admin.PostAsync("/events", new
        {
            venue_id = venue,
            name = string.Create(CultureInfo.InvariantCulture, $"Show {++_number} of {seats} seats"),
            start_time = TimeProvider.System.GetUtcNow().AddDays(30),
            duration = 120,
            artists = (string[])["Somebody"],
            tags = (string[])["load"],
            description = "An evening.",
            seat_type_prices = new { standard = 45.50m },
            hold_seconds = HoldSeconds,
            max_seats_per_booking = SeatsPerUser,
        });
        var show = new Show(created["event_id"]!.GetValue<string>(), hall);
        await _admin.GetAsync($"/events/{show.EventId}/seats?limit=1");
        return show;
    }

    /// <summary>Waits until every message is handled.</summary>
    public async Task RestAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while (!await IsAtRestAsync() && Stopwatch.GetElapsedTime(started) < SettleBound)
            await Task.Delay(Pause, TimeProvider.System);
    }

    /// <summary>Waits until every message is handled and the event's figures count this many bookings.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> SettleAsync(Show show, long bookings)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await IsAtRestAsync() || await BookingsAsync(show) < bookings)
        {
            if (Stopwatch.GetElapsedTime(started) > SettleBound)
                throw new TimeoutException($"{bookings} bookings of {show} are not all counted within {SettleBound}: {await BookingsAsync(show)} are.");
            await Task.Delay(Pause, TimeProvider.System);
        }

        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>What the live audit finds of the event's seats that the bookings do not say.</summary>
    public async Task<int> DiscrepanciesAsync(Show show) =>
        (await _admin.GetAsync($"/support/ledger/{show.EventId}"))["discrepancies"]!.AsArray().Count;

    private async Task<bool> IsAtRestAsync() =>
        (await _admin.GetAsync("/support/queues")).AsArray().All(queue =>
            queue!["depth"]!.GetValue<int>() == 0 && queue["in_flight"]!.GetValue<int>() == 0 && queue["outbox_depth"]!.GetValue<int>() == 0);

    public async Task<long> BookingsAsync(Show show) =>
        (await _admin.GetAsync($"/events/{show.EventId}/analytics"))["successful_bookings"]!.GetValue<long>();

    private async Task<string> VenueAsync(Hall hall)
    {
        var venue = await _admin.PostAsync("/venue", new
        {
            name = string.Create(CultureInfo.InvariantCulture, $"Hall of {hall.Seats}"),
            city = "Berlin",
            description = "A hall.",
            seat_types = (string[])["standard"],
            time_zone = "Europe/Berlin",
        });
        var id = venue["venue_id"]!.GetValue<string>();
        await _admin.PostAsync($"/venue/{id}/seats", new { rows = hall.Rows });
        return id;
    }
}
