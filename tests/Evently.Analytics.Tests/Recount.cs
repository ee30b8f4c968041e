using Evently.Analytics.Rollups;
using Evently.Analytics.Views;
using Evently.Booking.Contracts;

namespace Evently.Analytics.Tests;

/// <summary>The figures, counted the plain way from the lists of what happened.</summary>
internal static class Recount
{
    public static EventAnalytics Event(Scenario scenario, DateTimeOffset asOf)
    {
        var standing = Standing(scenario);
        var held = scenario.ActiveHolds.Sum(hold => hold.Seats.Count);
        var booked = standing.Sum(booking => booking.Seats.Count);
        var placed = scenario.Bookings.Count + scenario.EndedHolds.Count + scenario.ActiveHolds.Count;
        var attempts = placed + scenario.Refusals.Count;
        var revenue = standing.Sum(booking => booking.Total);
        return new EventAnalytics(
            scenario.EventId,
            "Last name",
            "on_sale",
            "venue-V",
            "Hall",
            55,
            55 - held - booked,
            held,
            booked,
            booked,
            PerCent(booked, 55),
            scenario.Bookings.Count,
            standing.Count,
            scenario.Cancellations.Count,
            attempts,
            scenario.Refusals.Count,
            scenario.EndedHolds.Count(hold => hold.Outcome == HoldOutcome.Expired),
            revenue / 100m,
            scenario.Refunds.Sum(refund => refund.Amount) / 100m,
            "EUR",
            standing.Count == 0 ? 0m : Math.Round(revenue / 100m / standing.Count, 2, MidpointRounding.AwayFromZero),
            new[] { "standard", "vip" }.ToDictionary(type => type, type => standing.SelectMany(booking => booking.Seats).Where(seat => seat.SeatType == type).Sum(seat => seat.Price) / 100m),
            PerCent(standing.Count, scenario.Bookings.Count),
            PerCent(placed, attempts),
            PerCent(scenario.Cancellations.Count, scenario.Bookings.Count),
            scenario.Bookings.Max(booking => (DateTimeOffset?)booking.ConfirmedAt),
            scenario.Changed.StartTime,
            95,
            ["Ana", "Bob"],
            ["rock"],
            asOf);
    }

    public static IReadOnlyList<TimelineBucket> Timeline(Scenario scenario, Granularity granularity)
    {
        DateTimeOffset Start(DateTimeOffset at) => Rollups.Timeline.StartOf(granularity, at);
        var holds = scenario.Bookings.Select(booking => booking.HeldAt)
            .Concat(scenario.EndedHolds.Select(hold => hold.HeldAt))
            .Concat(scenario.ActiveHolds.Select(hold => hold.HeldAt))
            .ToList();
        var expired = scenario.EndedHolds.Where(hold => hold.Outcome == HoldOutcome.Expired).Select(hold => hold.EndedAt).ToList();
        var starts = holds.Concat(expired).Concat(scenario.Refusals)
            .Concat(scenario.Bookings.Select(booking => booking.ConfirmedAt))
            .Concat(scenario.Cancellations.Select(cancelled => cancelled.CancelledAt))
            .Select(Start).Distinct().Order();
        return
        [
            .. starts.Select(start => new TimelineBucket(
                start,
                scenario.Bookings.Count(booking => Start(booking.ConfirmedAt) == start),
                scenario.Bookings.Where(booking => Start(booking.ConfirmedAt) == start).Sum(booking => booking.Seats.Count),
                scenario.Bookings.Where(booking => Start(booking.ConfirmedAt) == start).Sum(booking => booking.Total) / 100m,
                scenario.Cancellations.Count(cancelled => Start(cancelled.CancelledAt) == start),
                holds.Count(at => Start(at) == start),
                scenario.Refusals.Count(at => Start(at) == start),
                expired.Count(at => Start(at) == start))),
        ];
    }

    public static IReadOnlyList<SeatAnalytics> Seats(Scenario scenario) =>
    [
        .. scenario.Plan.Select(seat =>
        {
            var position = seat.SeatPosition;
            var isVip = seat.SeatType == "vip";
            var bookings = scenario.Bookings.Where(booking => booking.Seats.Contains(seat)).ToList();
            var cancelled = scenario.Cancellations.Count(booking => booking.Seats.Contains(seat));
            var isBooked = bookings.Count > cancelled;
            var isHeld = scenario.ActiveHolds.Any(hold => hold.Seats.Contains(seat));
            return new SeatAnalytics(
                position,
                isVip ? "BOX-1" : null,
                isVip ? "B" : "A",
                int.Parse(position[(position.LastIndexOf('-') + 1)..], null),
                seat.SeatType,
                isBooked ? "booked" : isHeld ? "held" : "available",
                seat.Price / 100m,
                "EUR",
                bookings.Count,
                cancelled,
                isBooked ? seat.Price / 100m : 0m,
                bookings.Max(booking => (DateTimeOffset?)booking.ConfirmedAt));
        }),
    ];

    public static UserAnalytics User(Scenario scenario, string userId, DateTimeOffset asOf)
    {
        var all = scenario.Bookings.Where(booking => booking.UserId == userId).ToList();
        var standing = Standing(scenario).Where(booking => booking.UserId == userId).ToList();
        return new UserAnalytics(
            userId,
            all.Count,
            standing.Count,
            all.Count - standing.Count,
            standing.Sum(booking => booking.Seats.Count),
            standing.Count == 0 ? [] : [new Spend("EUR", standing.Sum(booking => booking.Total) / 100m)],
            standing.Count == 0 ? [] : [new Favourite("rock", standing.Count)],
            standing.Count == 0 ? [] : [new Favourite("Ana", standing.Count), new Favourite("Bob", standing.Count)],
            PerCent(all.Count - standing.Count, all.Count),
            all.Max(booking => (DateTimeOffset?)booking.ConfirmedAt),
            asOf);
    }

    private static List<BookingConfirmed> Standing(Scenario scenario) =>
        scenario.Bookings.FindAll(booking => scenario.Cancellations.TrueForAll(cancelled => cancelled.BookingId != booking.BookingId));

    private static decimal PerCent(int part, int whole) => whole == 0 ? 0m : Math.Round(100m * part / whole, 2, MidpointRounding.AwayFromZero);
}
