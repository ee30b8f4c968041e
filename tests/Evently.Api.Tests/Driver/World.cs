using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Evently.Api.Tests.Driver;

/// <summary>Somebody with an account and a token.</summary>
public sealed record User(string Id, string Email, string Password, ApiClient Api);

/// <summary>Makes what a test starts from: users, venues and events that no other test uses.</summary>
/// <param name="log">What the host has logged, or all of several.</param>
public sealed class World(HttpClient http, Func<string> log) : IDisposable
{
    public const string Password = "a long enough password";
    /// <summary>Evently hashes few passwords at a time and turns the rest of a rush away.</summary>
    private const int SignUpsAtATime = 2;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly SemaphoreSlim _signUps = new(SignUpsAtATime, SignUpsAtATime);
    private readonly ConcurrentDictionary<string, User> _staff = new();
    private User[] _buyers = [];
    private int _number;

    public ApiClient Anonymous { get; } = new(http, log: log);

    /// <summary>A word that no other test uses.</summary>
    public static string Unique(string word) => word + "-" + Convert.ToHexStringLower(Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToByteArray().AsSpan(6));

    /// <summary>The first admin, from the host's configuration.</summary>
    public Task<User> AdminAsync() => StaffAsync("admin", async () =>
    {
        var token = (await Anonymous.PostAsync("/user/token", new { email = EventlyHost.AdminEmail, password = EventlyHost.AdminPassword })).Is(200);
        return new User(token.String("user_id"), EventlyHost.AdminEmail, EventlyHost.AdminPassword, Anonymous.With(token.String("access_token")));
    });

    /// <summary>An organizer for tests that only need some event.</summary>
    public Task<User> OrganizerAsync() => StaffAsync("organizer", () => UserAsync("customer", "organizer"));

    public Task<User> SupportAsync() => StaffAsync("support", () => UserAsync("customer", "support"));

    public Task<User> CustomerAsync() => UserAsync();

    /// <param name="email">Null: one of its own.</param>
    public async Task<User> GuestAsync(string? email = null)
    {
        email ??= Unique("guest") + "@evently.test";
        var guest = (await Eventually.ServedAsync(() => Anonymous.PostAsync("/user/guest", new { email }))).Is(201);
        return new User(guest.String("user_id"), email, "", Anonymous.With(guest.String("access_token")));
    }

    /// <summary>
    /// A new user; with roles when some are named. The token is made here, after the model of the admin's, to spare the host a second password hash for
    /// each of hundreds of users.
    /// </summary>
    public async Task<User> UserAsync(params string[] roles)
    {
        var admin = await AdminAsync();
        var email = "";
        var account = (await Eventually.ServedAsync(() => SignUpAsync(email = Unique("user") + "@evently.test"))).Is(201);
        var id = account.String("user_id");
        if (roles.Length > 0)
            account = (await Eventually.ServedAsync(() => admin.Api.PutAsync($"/user/{id}/roles", new { roles }))).Is(200);
        return new User(id, email, Password, Anonymous.With(Tokens.For(id, account["roles"].Strings(), admin.Api.Token!)));
    }

    public object SignUp(string email) => new { email, phone = Phone(), password = Password, name = "Test User" };

    public string Phone() => "+4930" + Interlocked.Increment(ref _number).ToString("D8", CultureInfo.InvariantCulture);

    /// <summary>Many buyers at a time; signing up costs a password hash, so that they are shared by the tests that need a crowd.</summary>
    public async Task<IReadOnlyList<User>> BuyersAsync(int count)
    {
        await _gate.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (_buyers.Length < count)
                _buyers = [.. _buyers, .. await Task.WhenAll(Enumerable.Range(0, count - _buyers.Length).Select(_ => CustomerAsync()))];
            return _buyers[..count];
        }
        finally
        {
            _gate.Release();
        }
    }

    public async Task<Answer> VenueAsync(string[]? seatTypes = null, string city = "Berlin", string timeZone = "Europe/Berlin")
    {
        var organizer = await OrganizerAsync();
        var venue = new { name = Unique("venue"), city, description = "A hall.", seat_types = seatTypes ?? ["standard", "vip"], time_zone = timeZone };
        return (await Eventually.ServedAsync(() => organizer.Api.PostAsync("/venue", venue))).Is(201);
    }

    /// <summary>A venue with seats and an event in it that sells them.</summary>
    public async Task<Show> ShowAsync(ShowPlan? plan = null)
    {
        plan ??= new ShowPlan();
        var organizer = plan.Organizer ?? await OrganizerAsync();
        var venue = plan.VenueId ?? await SeatedVenueAsync(plan);
        var created = (await Eventually.ServedAsync(() => organizer.Api.PostAsync("/events", EventBody(venue, plan)))).Is(201);
        return new Show(created.String("event_id"), venue, organizer, created, this);
    }

    public async Task<string> SeatedVenueAsync(ShowPlan plan)
    {
        var organizer = await OrganizerAsync();
        var rows = plan.Rows.Select(row => new { row = row.Row, first = 1, last = row.Seats, seat_type = row.SeatType });
        var venue = "";

        // Seats can't be added twice, so that another attempt is another venue.
        (await Eventually.ServedAsync(async () =>
        {
            venue = (await VenueAsync([.. plan.Prices.Keys], plan.City)).String("venue_id");
            return await organizer.Api.PostAsync($"/venue/{venue}/seats", new { rows });
        })).Is(201);
        return venue;
    }

    public static JsonObject EventBody(string venueId, ShowPlan plan)
    {
        var body = new JsonObject
        {
            ["venue_id"] = venueId,
            ["name"] = plan.Name ?? Unique("show"),
            ["start_time"] = plan.Start ?? Rfc3339(TimeProvider.System.GetUtcNow().AddDays(30)),
            ["duration"] = 120,
            ["artists"] = new JsonArray([.. plan.Artists.Select(artist => JsonValue.Create(artist))]),
            ["tags"] = new JsonArray([.. plan.Tags.Select(tag => JsonValue.Create(tag))]),
            ["description"] = plan.Description,
            ["seat_type_prices"] = new JsonObject(plan.Prices.Select(price => KeyValuePair.Create<string, JsonNode?>(price.Key, price.Value))),
            ["currency"] = plan.Currency,
        };
        if (plan.HoldSeconds is { } holdSeconds)
            body["hold_seconds"] = holdSeconds;
        if (plan.MaxSeats is { } maxSeats)
            body["max_seats_per_booking"] = maxSeats;
        if (plan.SalesOpenAt is { } salesOpenAt)
            body["sales_open_at"] = Rfc3339(salesOpenAt);
        return body;
    }

    public void Dispose()
    {
        _gate.Dispose();
        _signUps.Dispose();
    }

    public static string Rfc3339(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private async Task<Answer> SignUpAsync(string email)
    {
        await _signUps.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            return await Anonymous.PostAsync("/user", SignUp(email));
        }
        finally
        {
            _signUps.Release();
        }
    }

    private async Task<User> StaffAsync(string role, Func<Task<User>> make)
    {
        if (_staff.TryGetValue(role, out var known))
            return known;
        var made = await make();
        return _staff.GetOrAdd(role, made);
    }
}
