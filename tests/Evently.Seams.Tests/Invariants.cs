using System.Globalization;
using System.Text.Json.Nodes;

namespace Evently.Seams.Tests;

/// <summary>What is true once everything has come to rest, whatever happened.</summary>
internal static class Invariants
{
    private static readonly string[] AtRest = ["confirmed", "expired", "cancelled", "refunded", "failed"];

    public static async Task HoldAsync(EventlyProcess process, Town town)
    {
        var sold = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var eventId in (string[])[town.EventId, town.FreeEventId])
        {
            var audit = await GetAsync(process, town, $"/support/ledger/{eventId}");
            Assert.Empty(audit["discrepancies"]!.AsArray());
            Assert.Equal(0, audit["held"]!.GetValue<int>());
            var booked = 0;
            foreach (var row in (await GetAsync(process, town, $"/support/bookings?event_id={eventId}")).AsArray())
            {
                var (id, state) = (row!["booking_id"]!.GetValue<string>(), row["state"]!.GetValue<string>());
                Assert.True(AtRest.Contains(state), $"{id} is {state}.");
                booked += await MoneyIsRightAsync(process, town, id, state == "confirmed");
                sold[id] = state;
            }

            Assert.Equal(audit["booked"]!.GetValue<int>(), booked);
            var counted = await GetAsync(process, town, $"/events/{eventId}/analytics");
            Assert.Equal(booked, counted["seats_booked"]!.GetValue<int>());
        }

        await HistoryIsRightAsync(process, town, sold);
        foreach (var queue in (await GetAsync(process, town, "/support/queues")).AsArray())
            Assert.True(queue!["depth"]!.GetValue<int>() == 0 && queue["dead_letters"]!.GetValue<int>() == 0, queue.ToJsonString());
    }

    /// <summary>Every charge is one booking or one refund.</summary>
    /// <returns>How many seats the booking has.</returns>
    private static async Task<int> MoneyIsRightAsync(EventlyProcess process, Town town, string booking, bool isConfirmed)
    {
        var money = (await GetAsync(process, town, $"/simulator/payments?reference={booking}")).AsArray()
            .Where(payment => payment!["state"]!.GetValue<string>() is "captured" or "refunded")
            .Sum(payment => payment!["amount"]!.GetValue<decimal>() * (payment["kind"]!.GetValue<string>() == "charge" ? 1 : -1));
        var shown = await GetAsync(process, town, $"/support/bookings/{booking}");
        Assert.Equal(isConfirmed ? shown["total"]!.GetValue<decimal>() : 0, money);
        return isConfirmed ? shown["seats"]!.AsArray().Count : 0;
    }

    private static async Task HistoryIsRightAsync(EventlyProcess process, Town town, Dictionary<string, string> sold)
    {
        var history = (await GetAsync(process, town, $"/user/{town.AnnId}/bookings")).AsArray().ToDictionary(row => row!["booking_id"]!.GetValue<string>(), row => row!["state"]!.GetValue<string>());
        Assert.All(sold.Where(booking => booking.Value == "confirmed"), booking => Assert.Equal("confirmed", history[booking.Key]));
        Assert.All(history, entry => Assert.Equal(entry.Value, sold[entry.Key] switch { "confirmed" => "confirmed", "refunded" => "cancelled", _ => "failed" }));
    }

    private static async Task<JsonNode> GetAsync(EventlyProcess process, Town town, string path) =>
        (await process.AskAsync(new SeamRequest("GET", path, Token: town.Support))).Is(200).Body!;
}
