namespace Evently.Seams.Tests;

/// <summary>One request on a prepared ground, with everything that it causes.</summary>
/// <param name="Operation">Its operation id; null for what happens by time alone.</param>
/// <param name="Prepare">Makes what the request is about.</param>
/// <param name="Answers">What it may be answered.</param>
/// <param name="Repeated">What it may be answered in addition when a first try may have been done.</param>
/// <param name="Then">What must be true in the end, whatever happened on the way.</param>
internal sealed record Scenario(
    string Name,
    string? Operation,
    Func<EventlyProcess, Town, Task<SeamRequest?>> Prepare,
    int[] Answers,
    int[]? Repeated = null,
    Func<EventlyProcess, Town, Task>? Then = null)
{
    public override string ToString() => Name;
}

/// <summary>Who and what every scenario finds.</summary>
internal sealed record Town(
    string Admin, string Organizer, string Support, string Ann, string AnnId, string AnnEmail, string Bob, string BobId, string VenueId, string EventId, string FreeEventId, string DraftId)
{
    public const string Password = "a long enough passphrase";
    public const int Seats = 6;

    public static async Task<Town> BuildAsync(EventlyProcess process)
    {
        var admin = await LogInAsync(process, EventlyProcess.AdminEmail, EventlyProcess.Password);
        var (organizer, organizerId, _) = await PersonAsync(process, "olga");
        var (support, supportId, _) = await PersonAsync(process, "sam");
        (await process.AskAsync(new SeamRequest("PUT", $"/user/{organizerId}/roles", new { roles = new[] { "organizer" } }, admin))).Is(200);
        (await process.AskAsync(new SeamRequest("PUT", $"/user/{supportId}/roles", new { roles = new[] { "support" } }, admin))).Is(200);
        var (ann, annId, annEmail) = await PersonAsync(process, "ann");
        var (bob, bobId, _) = await PersonAsync(process, "bob");
        var venue = (await process.AskAsync(new SeamRequest("POST", "/venue", Venue, organizer))).Is(201)["venue_id"];
        (await process.AskAsync(new SeamRequest("POST", $"/venue/{venue}/seats", Rows("A"), organizer))).Is(201);
        var town = new Town(admin, organizer, support, ann, annId, annEmail, bob, bobId, venue, "", "", "");
        return town with
        {
            EventId = (await process.AskAsync(new SeamRequest("POST", "/events", town.Event(price: 10), organizer))).Is(201)["event_id"],
            FreeEventId = (await process.AskAsync(new SeamRequest("POST", "/events", town.Event(price: 0), organizer))).Is(201)["event_id"],
            DraftId = (await process.AskAsync(new SeamRequest("POST", "/events", town.Event(price: 10, draft: true), organizer))).Is(201)["event_id"],
        };
    }

    public static object Venue => new { name = "Hall", city = "Rome", description = "A hall.", seat_types = new[] { "s" } };

    public static object Rows(string row) => new { rows = new[] { new { row, first = 1, last = Seats, seat_type = "s" } } };

    public object Event(decimal price, bool draft = false) => new
    {
        venue_id = VenueId,
        name = "Show",
        start_time = "2030-03-01T19:00:00Z",
        duration = 90,
        artists = Array.Empty<string>(),
        tags = Array.Empty<string>(),
        description = "d",
        seat_type_prices = new Dictionary<string, decimal> { ["s"] = price },
        hold_seconds = 120,
        draft,
    };

    public static async Task<string> LogInAsync(EventlyProcess process, string email, string password) =>
        (await process.AskAsync(new SeamRequest("POST", "/user/token", new { email, password }))).Is(200)["access_token"];

    public async Task<string> HoldAsync(EventlyProcess process, params string[] seats) => await HoldOfAsync(process, EventId, seats);

    public async Task<string> HoldOfAsync(EventlyProcess process, string eventId, params string[] seats) =>
        (await process.AskAsync(new SeamRequest("POST", $"/events/{eventId}/hold", new { seats }, Ann))).Is(201)["holding_id"];

    public async Task<string> BuyAsync(EventlyProcess process, params string[] seats) =>
        (await process.AskAsync(new SeamRequest("POST", $"/{await HoldAsync(process, seats)}/confirm", new { payment_method = "sim_ok" }, Ann))).Is(200)["booking_id"];

    private static async Task<(string Token, string Id, string Email)> PersonAsync(EventlyProcess process, string name)
    {
        var email = $"{name}@evently.test";
        var id = (await process.AskAsync(new SeamRequest("POST", "/user", new { email, phone = "+491701234567", password = Password }))).Is(201)["user_id"];
        return (await LogInAsync(process, email, Password), id, email);
    }
}
