using System.Text.RegularExpressions;

namespace Evently.Seams.Tests;

/// <summary>Every call that changes something, and what happens by time alone.</summary>
internal static partial class Scenarios
{
    private const string NewPassword = "another good passphrase";
    private static readonly object Ok = new { payment_method = "sim_ok" };

    public static readonly IReadOnlyList<Scenario> All =
    [
        new("hold", "hold_seats", (_, town) => Post($"/events/{town.EventId}/hold", new { seats = new[] { "A-1", "A-2" } }, town.Ann), [201]),
        new("hold that nobody pays", null, async (process, town) => await NoRequestAsync(town.HoldAsync(process, "A-1", "A-2")), []),
        new("hold for another", "hold_seats", (_, town) => Post($"/events/{town.EventId}/hold", new { seats = new[] { "A-1" }, user_id = town.BobId }, town.Support), [201]),
        new("confirm", "confirm_hold", async (process, town) => Confirm(await town.HoldAsync(process, "A-1", "A-2"), "sim_ok", town.Ann), [200], Then: BookedAsync),
        new("confirm, declined", "confirm_hold", async (process, town) => Confirm(await town.HoldAsync(process, "A-1"), "sim_declined", town.Ann), [402], [410]),
        new("confirm without an answer", "confirm_hold", async (process, town) => Confirm(await town.HoldAsync(process, "A-1"), "sim_unknown", town.Ann), [200], [202]),
        new("confirm with late money", "confirm_hold", async (process, town) => Confirm(await town.HoldAsync(process, "A-1"), "sim_late_11", town.Ann), [202], [200]),
        new("confirm with a gateway that fails", "confirm_hold", async (process, town) => Confirm(await town.HoldAsync(process, "A-1"), "sim_error_2", town.Ann), [200], [202]),
        new("confirm of a free seat", "confirm_hold", async (process, town) => Confirm(await town.HoldOfAsync(process, town.FreeEventId, "A-1"), "sim_ok", town.Ann), [200]),
        new("cancel a hold", "cancel_hold", async (process, town) => await Post($"/{await town.HoldAsync(process, "A-1", "A-2")}/cancel", new { }, town.Ann), [200]),
        new("cancel a booking", "cancel_booking", async (process, town) => await Post($"/bookings/{await town.BuyAsync(process, "A-1", "A-2")}/cancel", new { }, town.Ann), [200], [409]),
        new("refund by support", "act_on_booking", async (process, town) => await Act(await town.BuyAsync(process, "A-1"), "refund", town), [200], [409]),
        new("release by support", "act_on_booking", async (process, town) => await Act(BookingOf(await town.HoldAsync(process, "A-1")), "release", town), [200], [409]),
        new("retry by support", "act_on_booking", RetryAsync, [200], [409]),
        new("redrive", "redrive_queue", (_, town) => Post("/support/queues/evently-booking/redrive", new { }, town.Support), [200]),
        new("make a venue", "create_venue", (_, town) => Post("/venue", Town.Venue, town.Organizer), [201]),
        new("add seats", "add_seats", (_, town) => Post($"/venue/{town.VenueId}/seats", Town.Rows("B"), town.Organizer), [201], [409]),
        new("take seats out", "remove_seats", (_, town) => Task.FromResult<SeamRequest?>(new("DELETE", $"/venue/{town.VenueId}/seats", new { seats = new[] { "A-1" } }, town.Organizer)), [200], [400]),
        new("make an event", "create_event", (_, town) => Post("/events", town.Event(12), town.Organizer), [201]),
        new("draft an event", "create_event", (_, town) => Post("/events", town.Event(12, draft: true), town.Organizer), [201]),
        new("publish", "publish_event", (_, town) => Post($"/events/{town.DraftId}/publish", new { }, town.Organizer), [200]),
        new("change an event", "change_event", (_, town) => Task.FromResult<SeamRequest?>(new("PATCH", $"/events/{town.EventId}", new { name = "Other" }, town.Organizer)), [200]),
        new("cancel an event", "cancel_event", CancelEventAsync, [200], Then: CancelledAsync),
        new("cancel an event while a payment is pending", "cancel_event", CancelEventOfPendingAsync, [200], Then: CancelledAsync),
        new("register", "register_user", (_, _) => Post("/user", new { email = "new@evently.test", phone = "+491701234567", password = Town.Password }, null), [201], Then: (process, _) => Town.LogInAsync(process, "new@evently.test", Town.Password)),
        new("log in", "issue_token", (_, town) => Post("/user/token", new { email = town.AnnEmail, password = Town.Password }, null), [200]),
        new("come as a guest", "register_guest", (_, _) => Post("/user/guest", new { email = "gus@evently.test" }, null), [201]),
        new("change an account", "change_user", (_, town) => Task.FromResult<SeamRequest?>(new("PATCH", $"/user/{town.AnnId}", new { name = "Ann" }, town.Ann)), [200]),
        new("say who sells", "set_seller", async (process, town) => new("PUT", $"/user/{(await process.AskAsync(new("GET", "/user/me", Token: town.Organizer))).Is(200)["user_id"]}/seller", new { legal_name = "O", address = "Rome", country = "IT" }, town.Organizer), [200]),
        new("grant roles", "set_user_roles", (_, town) => Task.FromResult<SeamRequest?>(new("PUT", $"/user/{town.BobId}/roles", new { roles = new[] { "admin" } }, town.Admin)), [200]),
        new("change a password", "change_password", (_, town) => Task.FromResult<SeamRequest?>(new("PUT", $"/user/{town.AnnId}/password", new { current_password = Town.Password, new_password = NewPassword }, town.Ann)), [204], [401], NewPasswordAsync),
        new("ask for a new password", "ask_password_reset", (_, town) => Post("/user/password-reset", new { email = town.AnnEmail }, null), [202]),
        new("choose a new password", "reset_password", async (process, town) => await Post("/user/password-reset/confirm", new { token = await MailedAsync(process, new("POST", "/user/password-reset", new { email = town.AnnEmail })), new_password = NewPassword }, null), [204], Then: NewPasswordAsync),
        new("ask to prove an address", "ask_email_proof", (_, town) => Post("/user/email-proof", new { }, town.Ann), [202]),
        new("prove an address", "prove_email", async (process, town) => await Post("/user/email-proof/confirm", new { token = await MailedAsync(process, new("POST", "/user/email-proof", new { }, town.Ann)) }, null), [204]),
        new("erase", "erase_user", (_, town) => Task.FromResult<SeamRequest?>(new("DELETE", $"/user/{town.BobId}", null, town.Bob)), [204], [401], async (process, town) => (await process.AskAsync(new("GET", $"/user/{town.BobId}", Token: town.Admin))).Is(404)),
    ];

    public static string BookingOf(string holding) => "booking-" + holding["holding-".Length..];

    private static Task<SeamRequest?> Post(string path, object body, string? token) => Task.FromResult<SeamRequest?>(new("POST", path, body, token, Key: "a key"));

    private static async Task<SeamRequest?> NoRequestAsync(Task prepared)
    {
        await prepared;
        return null;
    }

    private static SeamRequest Confirm(string holding, string method, string token) => new("POST", $"/{holding}/confirm", new { payment_method = method }, token, Key: "a key");

    private static Task<SeamRequest?> Act(string booking, string action, Town town) => Post($"/support/bookings/{booking}/actions", new { action }, town.Support);

    private static async Task<SeamRequest?> RetryAsync(EventlyProcess process, Town town)
    {
        var holding = await town.HoldAsync(process, "A-1");
        (await process.AskAsync(Confirm(holding, "sim_late_40", town.Ann) with { Wait = 0 })).Is(202);
        return await Act(BookingOf(holding), "retry", town);
    }

    private static async Task<SeamRequest?> CancelEventAsync(EventlyProcess process, Town town)
    {
        await town.BuyAsync(process, "A-1", "A-2");
        await town.HoldAsync(process, "A-3");
        return await Post($"/events/{town.EventId}/cancel", new { }, town.Organizer);
    }

    private static async Task<SeamRequest?> CancelEventOfPendingAsync(EventlyProcess process, Town town)
    {
        (await process.AskAsync(Confirm(await town.HoldAsync(process, "A-1"), "sim_error_99", town.Ann))).Is(202);
        return await Post($"/events/{town.EventId}/cancel", new { }, town.Organizer);
    }

    private static async Task BookedAsync(EventlyProcess process, Town town)
    {
        var audit = (await process.AskAsync(new("GET", $"/support/ledger/{town.EventId}", Token: town.Support))).Is(200);
        Assert.Equal(2, audit.Body!["booked"]!.GetValue<int>());
    }

    private static async Task CancelledAsync(EventlyProcess process, Town town)
    {
        var audit = (await process.AskAsync(new("GET", $"/support/ledger/{town.EventId}", Token: town.Support))).Is(200);
        Assert.Equal(Town.Seats, audit.Body!["free"]!.GetValue<int>());
    }

    private static async Task NewPasswordAsync(EventlyProcess process, Town town) => await Town.LogInAsync(process, town.AnnEmail, NewPassword);

    private static async Task<string> MailedAsync(EventlyProcess process, SeamRequest request)
    {
        var before = process.Mails.ToHashSet();
        (await process.AskAsync(request)).Is(202);
        var mail = Assert.Single(process.Mails, mail => !before.Contains(mail));
        return Token().Match(await File.ReadAllTextAsync(mail)).Groups[1].Value;
    }

    [GeneratedRegex(@"#([\w-]{43})")]
    private static partial Regex Token();
}
