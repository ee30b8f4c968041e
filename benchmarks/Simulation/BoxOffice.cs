using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Simulation;

/// <param name="Token">Bearer token.</param>
public sealed record Person(string UserId, string Token);

/// <param name="Status">HTTP status.</param>
public sealed record Reply(int Status, JsonNode? Body)
{
    public string this[string member] => (string?)Body?[member] ?? throw new InvalidOperationException($"{Status} without {member}: {Body?.ToJsonString()}");

    public Reply Is(int status) => Status == status ? this : throw new InvalidOperationException($"{Status} instead of {status}: {Body?.ToJsonString()}");
}

/// <summary>Drives a system over HTTP: makes a venue, its events and its buyers, and calls under names that the meter counts by.</summary>
public sealed class BoxOffice(SimulatedSystem system, int seed)
{
    /// <summary>Longest of a row; a row is one item of the ledger.</summary>
    public const int RowSeats = 40;

    private const int SectionRows = 50;

    /// <summary>A call that counts for nothing.</summary>
    public const string Preparation = "preparation";

    private readonly IdGenerator _ids = new(system.Time, new Random(seed).NextBytes);
    private readonly Random _traces = new(seed);
    private Person _admin = new("", "");
    private string _venueId = "";
    private Dictionary<string, Value> _profile = [];

    /// <summary>All positions in plan order, the stalls first.</summary>
    public static string[] Positions(int seats) =>
        [.. Enumerable.Range(0, seats).Select(seat => PositionOf(seat / RowSeats, (seat % RowSeats) + 1))];

    /// <summary>Opens the house: an admin and a venue of so many seats.</summary>
    public async Task OpenAsync(int seats)
    {
        var credentials = new { email = SimulatedHost.AdminEmail, password = SimulatedHost.AdminPassword };
        var login = (await PostAsync(null, Preparation, "/user/token", credentials)).Is(200);
        _admin = new Person(login["user_id"], login["access_token"]);
        var profile = await system.Stored.GetAsync(ProfileOf(_admin.UserId), Consistency.Strong, CancellationToken.None);
        _profile = new Dictionary<string, Value>(profile!.Attributes, StringComparer.Ordinal) { ["roles"] = "customer" };
        var venue = new { name = "Hall", city = "Rome", description = "A hall.", seat_types = new[] { "standard" } };
        _venueId = (await PostAsync(_admin, Preparation, "/venue", venue)).Is(201)["venue_id"];
        var rows = Enumerable.Range(0, (seats + RowSeats - 1) / RowSeats).Select(row => new
        {
            section = SectionOf(row),
            row = RowOf(row),
            first = 1,
            last = Math.Min(RowSeats, seats - (row * RowSeats)),
            seat_type = "standard",
        });
        (await PostAsync(_admin, Preparation, $"/venue/{_venueId}/seats", new { rows })).Is(201);
        await system.Host.SettleAsync();
    }

    /// <returns>The event's id.</returns>
    public async Task<string> CreateEventAsync(string call = Preparation) => (await PostAsync(_admin, call, "/events", new
    {
        venue_id = _venueId,
        name = "An evening of songs",
        start_time = "2030-03-01T19:00:00Z",
        duration = 120,
        artists = Array.Empty<string>(),
        tags = Array.Empty<string>(),
        description = "An evening.",
        seat_type_prices = new Dictionary<string, decimal> { ["standard"] = 45.50m },
        currency = "USD",
    })).Is(201)["event_id"];

    /// <summary>Somebody with an account, which is put into the table as signing up would leave it.</summary>
    public async Task<Person> BuyerAsync()
    {
        var userId = _ids.Next("user");
        await system.Stored.WriteAsync(Write.Put(ProfileOf(userId), _profile, Condition.Always), CancellationToken.None);
        return new Person(userId, Tokens.For(userId, _admin.Token, SimulatedHost.SigningKey));
    }

    public Task<Reply> HoldAsync(Person buyer, string call, string eventId, params IReadOnlyList<string> seats) =>
        PostAsync(buyer, call, $"/events/{eventId}/hold", new { seats });

    public Task<Reply> ConfirmAsync(Person buyer, string call, string holdingId) =>
        PostAsync(buyer, call, $"/{holdingId}/confirm", new { payment_method = "sim_ok" });

    public Task<Reply> CancelAsync(Person buyer, string call, string bookingId) => PostAsync(buyer, call, $"/bookings/{bookingId}/cancel", null);

    public Task<Reply> GetAsync(Person? caller, string call, string path) => SendAsync(HttpMethod.Get, caller, call, path, null);

    private Task<Reply> PostAsync(Person? caller, string call, string path, object? body) => SendAsync(HttpMethod.Post, caller, call, path, body);

    private async Task<Reply> SendAsync(HttpMethod method, Person? caller, string call, string path, object? body)
    {
        using var message = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (body is not null)
            message.Content = JsonContent.Create(body);
        if (caller is not null)
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", caller.Token);
        message.Headers.TryAddWithoutValidation("traceparent", TraceParentOf(call));
        using var response = await system.Host.Http.SendAsync(message);
        var text = await response.Content.ReadAsStringAsync();
        return new Reply((int)response.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text) : null);
    }

    private string TraceParentOf(string call)
    {
        Span<byte> bytes = stackalloc byte[24];
        _traces.NextBytes(bytes);
        var (trace, span) = (ActivityTraceId.CreateFromBytes(bytes[..16]), ActivitySpanId.CreateFromBytes(bytes[16..]));
        if (call != Preparation)
            system.Meter.Begin(trace, call);
        return $"00-{trace}-{span}-01";
    }

    private static ItemKey ProfileOf(string userId) => new($"USERS#USER#{userId}", "PROFILE");

    private static string PositionOf(int row, int number) => string.Create(CultureInfo.InvariantCulture, $"{SectionOf(row)}/{RowOf(row)}-{number}");

    private static string SectionOf(int row) => string.Create(CultureInfo.InvariantCulture, $"S{(row / SectionRows) + 1}");

    private static string RowOf(int row) => string.Create(CultureInfo.InvariantCulture, $"{(row % SectionRows) + 1}");
}
