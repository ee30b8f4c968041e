using System.Text.Json;

namespace Evently.Api.Tests.Driver;

/// <summary>An event on sale, and the steps of buying that tests are made of.</summary>
public sealed class Show(string eventId, string venueId, User organizer, Answer created, World world)
{
    public string EventId => eventId;

    public string VenueId => venueId;

    public User Organizer => organizer;

    public Answer Created => created;

    public string Path => "/events/" + eventId;

    /// <summary>Waits until Booking has heard of the event, for tests that take away what it would hear it by.</summary>
    public Task IsOnSaleAsync() => Eventually.AnswersAsync(() => world.Anonymous.GetAsync($"{Path}/seats"), answer => answer.Status == 200);

    public Task<Answer> TryHoldAsync(User user, params IEnumerable<string> seats) => user.Api.PostAsync($"{Path}/hold", new { seats });

    /// <summary>For asking again and again whether the event still sells.</summary>
    public async Task<Answer> TryHoldAndLetGoAsync(User user, string seat)
    {
        var held = await TryHoldAsync(user, seat);
        if (held.Status == 201)
            (await user.Api.PostAsync($"/{held.String("holding_id")}/cancel")).Is(200);
        return held;
    }

    /// <summary>A booking keeps the suffix of its holding.</summary>
    public static string BookingOf(string holdingId) => "booking-" + holdingId["holding-".Length..];

    public async Task<string> HoldAsync(User user, params IEnumerable<string> seats) => (await TryHoldAsync(user, seats)).Is(201).String("holding_id");

    public static Task<Answer> ConfirmAsync(User user, string holdingId, string paymentMethod = "sim_ok", int waitSeconds = 10) =>
        user.Api.PostAsync($"/{holdingId}/confirm", new { payment_method = paymentMethod }, ("Prefer", $"wait={waitSeconds}"));

    /// <summary>Holds and pays; answers the booking's id.</summary>
    public async Task<string> BuyAsync(User user, params IEnumerable<string> seats) =>
        (await ConfirmAsync(user, await HoldAsync(user, seats), waitSeconds: Backend.MayBeBusy ? 30 : 10)).Is(200).String("booking_id");

    /// <summary>Every seat of the event by position.</summary>
    public async Task<IReadOnlyDictionary<string, JsonElement>> SeatsAsync(User? viewer = null)
    {
        var seats = await (viewer?.Api ?? world.Anonymous).AllAsync($"{Path}/seats?limit=200");
        return seats.ToDictionary(seat => seat.GetProperty("seat_pos").GetString()!);
    }

    public async Task<string> SeatStateAsync(string position) => (await SeatsAsync())[position].GetProperty("seat_state").GetString()!;

    /// <summary>The live audit: every seat has at most one owner and the bookings agree with the ledger.</summary>
    public async Task<Answer> AuditAsync()
    {
        var audit = (await (await world.SupportAsync()).Api.GetAsync($"/support/ledger/{eventId}")).Is(200);
        Assert.Empty(audit["discrepancies"].EnumerateArray());
        Assert.Equal(audit.Number("seats"), audit.Number("booked") + audit.Number("held") + audit.Number("free"));
        return audit;
    }

    /// <summary>As <see cref="AuditAsync"/>, once what is under way has come to rest.</summary>
    public Task AuditEndsCleanAsync() => Eventually.HoldsAsync(AuditAsync);

    public async Task<IReadOnlyList<Payment>> PaymentsAsync(string bookingId)
    {
        var records = (await (await world.SupportAsync()).Api.GetAsync($"/simulator/payments?reference={bookingId}")).Is(200);
        return [.. records.List().Select(Payment.From)];
    }
}
