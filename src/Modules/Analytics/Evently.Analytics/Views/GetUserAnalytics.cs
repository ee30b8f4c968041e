using System.ComponentModel;
using Carter;
using Evently.Analytics.Catalog;
using Evently.Analytics.Counting;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Money;
using Evently.Shared.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Analytics.Views;

internal sealed record UserAnalytics(
    string UserId,
    [property: Description("Bookings that were ever confirmed.")] int Bookings,
    [property: Description("Bookings that stand.")] int SuccessfulBookings,
    int CancelledBookings,
    [property: Description("Seats of the bookings that stand.")] int Seats,
    [property: Description("Gross of the bookings that stand, by currency.")] IReadOnlyList<Spend> Spend,
    [property: Description("The ten tags most frequent among the events of the bookings that stand.")] IReadOnlyList<Favourite> FavouriteTags,
    [property: Description("The ten artists most frequent among the events of the bookings that stand.")] IReadOnlyList<Favourite> FavouriteArtists,
    [property: Description("cancelled_bookings of bookings, in per cent.")] decimal CancellationRate,
    DateTimeOffset? LastBookingTime,
    DateTimeOffset AsOf);

internal sealed record Spend(string Currency, decimal Amount);

/// <param name="Bookings">Bookings that stand of events with this name among their tags or artists.</param>
internal sealed record Favourite(string Name, int Bookings);

/// <summary><c>GET /user/{user_id}/analytics</c>: a user's own figures; for the user, support and admin.</summary>
internal sealed class GetUserAnalytics : ICarterModule
{
    private const int Favourites = 10;

    public void AddRoutes(IEndpointRouteBuilder app) =>
        app.MapGet("/user/{user_id}/analytics", HandleAsync)
            .Describe("get_user_analytics", "Analytics", "A user's bookings, spend and favourites", "For the user, support and admin. Covers at most 10,000 holds and bookings.")
            .RequireRole(Policies.SignedIn)
            .Produces<UserAnalytics>()
            .Fails(StatusCodes.Status404NotFound, "user_not_found");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "user_id")] string userId,
        Caller caller,
        UserReader users,
        EventReader events,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (!caller.MaySee(userId) || (caller.UserId != userId && !await users.ExistsAsync(userId, cancellationToken)))
            return Problems.NotFound("user_not_found", $"There is no user {userId}.");
        var bookings = await users.ReadBookingsAsync(userId, cancellationToken);
        var known = await events.FindManyAsync(bookings.Select(booking => booking.EventId), cancellationToken);
        return TypedResults.Ok(Sum(userId, bookings, known, time.GetUtcNow()));
    }

    internal static UserAnalytics Sum(string userId, IReadOnlyList<UserBooking> bookings, IReadOnlyDictionary<string, KnownEvent> events, DateTimeOffset now)
    {
        var standing = bookings.Where(booking => !booking.IsCancelled).ToList();
        return new UserAnalytics(
            userId,
            bookings.Count,
            standing.Count,
            bookings.Count - standing.Count,
            standing.Sum(booking => booking.Seats),
            [.. standing
                .GroupBy(booking => booking.Currency, StringComparer.Ordinal)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => new Spend(group.Key, Currency.ToMajor(group.Sum(booking => booking.Total), group.Key)))],
            MostFrequent(known => known.Tags),
            MostFrequent(known => known.Artists),
            Rates.PerCent(bookings.Count - standing.Count, bookings.Count),
            bookings.Count == 0 ? null : bookings.Max(booking => booking.ConfirmedAt),
            now);

        IReadOnlyList<Favourite> MostFrequent(Func<KnownEvent, IReadOnlyList<string>> names) =>
            [.. standing
                .Where(booking => events.ContainsKey(booking.EventId))
                .SelectMany(booking => names(events[booking.EventId]).Distinct(StringComparer.Ordinal))
                .GroupBy(name => name, StringComparer.Ordinal)
                .Select(group => new Favourite(group.Key, group.Count()))
                .OrderByDescending(favourite => favourite.Bookings)
                .ThenBy(favourite => favourite.Name, StringComparer.Ordinal)
                .Take(Favourites)];
    }
}

internal sealed class UserReader(ModuleTable<AnalyticsModule> table, Replica replica)
{
    private const int MaxFacts = 10_000;

    public async ValueTask<bool> ExistsAsync(string userId, CancellationToken cancellationToken) =>
        PrefixedId.TryParse(userId, "user", out var id)
        && await replica.WaitForAsync(id, ct => table.GetAsync(Keys.User(userId), Consistency.Strong, ct), cancellationToken) is not null;

    /// <summary>The user's bookings, among the newest holdings first to last.</summary>
    public async ValueTask<IReadOnlyList<UserBooking>> ReadBookingsAsync(string userId, CancellationToken cancellationToken)
    {
        List<UserBooking> bookings = [];
        string? after = null;
        for (var read = 0; read < MaxFacts;)
        {
            var page = await table.QueryAsync(
                new Query(Keys.UserPartition(userId), Keys.UserHoldings, Consistency.Strong, TableLimits.PageItems, Descending: true, after), cancellationToken);
            bookings.AddRange(page.Items.Select(item => new HoldingFact(item.Key, item).ToBooking()).OfType<UserBooking>());
            read += page.Items.Count;
            after = page.Next;
            if (after is null)
                break;
        }

        return bookings;
    }
}
