using System.Diagnostics;
using System.Text.Json;

namespace Evently.Api.Tests.Running;

/// <summary>What must be true after a <see cref="CrashStorm"/>.</summary>
internal static class CrashAftermath
{
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(120);

    public static async Task AnsweredStaysBookedAsync(CrashStorm storm)
    {
        foreach (var (bookingId, user) in storm.Kept.ToList())
            Assert.Equal("confirmed", (await user.Api.GetAsync($"/bookings/{bookingId}")).Is(200).String("state"));
    }

    /// <summary>Every instance ends, its money agrees with its end, the messages have all arrived and the seats are the bookings'.</summary>
    /// <param name="within">For all of it together; two minutes when not told.</param>
    public static async Task SettlesAsync(World world, Show show, TimeSpan? within = null)
    {
        var started = Stopwatch.GetTimestamp();
        var support = await world.SupportAsync();
        IReadOnlyList<JsonElement> sagas = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                sagas = await support.Api.AllAsync($"/support/bookings?event_id={show.EventId}&limit=200");
                var open = sagas.Where(saga => !Ended(saga)).ToList();
                Assert.True(open.Count == 0, $"{open.Count} of {sagas.Count} have not ended:\n" + string.Join('\n', open));
            },
            Left());

        var (booked, revenue) = (0, 0m);
        foreach (var saga in sagas)
        {
            var id = saga.GetProperty("booking_id").GetString()!;
            var payments = await show.PaymentsAsync(id);
            var (charges, refunds) = (payments.Charges().Count, payments.Refunds().Count);
            Assert.True((State(saga), charges, refunds) is ("confirmed", 1, 0) or (not "confirmed", 0, 0) or ("refunded" or "failed", 1, 1), $"{saga}: {string.Join(", ", payments)}");
            if (State(saga) == "confirmed")
            {
                var booking = (await support.Api.GetAsync($"/bookings/{id}")).Is(200);
                booked += booking["seats"].GetArrayLength();
                revenue += booking.Number("total");
            }
        }

        // A crash between the seats and their saga leaves a hold that nobody knows of; it frees itself when it runs out.
        await Eventually.HoldsAsync(
            async () =>
            {
                var audit = await show.AuditAsync();
                Assert.Equal((booked, 0), ((int)audit.Number("booked"), (int)audit.Number("held")));
            },
            Left());
        await Eventually.HoldsAsync(
            async () =>
            {
                var figures = (await show.Organizer.Api.GetAsync($"{show.Path}/analytics")).Is(200);
                Assert.Equal(
                    (booked, revenue, sagas.Count(saga => State(saga) == "confirmed")),
                    ((int)figures.Number("seats_booked"), figures.Number("revenue_generated"), (int)figures.Number("successful_bookings")));
                var queues = (await support.Api.GetAsync("/support/queues")).Is(200).List();
                Assert.All(queues, queue => Assert.Equal((0, 0), (queue.GetProperty("depth").GetInt32(), queue.GetProperty("dead_letters").GetInt32())));
            },
            Left());

        TimeSpan Left() => (within ?? Settled) - Stopwatch.GetElapsedTime(started);
    }

    private static bool Ended(JsonElement saga) => State(saga) is "confirmed" or "expired" or "cancelled" or "refunded" or "failed";

    private static string State(JsonElement saga) => saga.GetProperty("state").GetString()!.ToLowerInvariant();
}
