using Carter;
using Evently.Shared.Http;
using Evently.Users.History;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Users.Accounts;

/// <summary>Everything kept about a person.</summary>
internal sealed record UserExport(UserResponse Account, Seller? Seller, IReadOnlyList<BookingEntry> Bookings, DateTimeOffset ExportedAt);

internal sealed class ExportUser : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapGet("/user/{user_id}/export", HandleAsync)
        .Describe("export_user", UsersModule.Tag, "Everything kept about a person", "One's own; an admin exports everybody's.")
        .Fails(StatusCodes.Status404NotFound, "user_not_found")
        .RequireRole(Policies.SignedIn);

    private static async Task<Results<Ok<UserExport>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "user_id")] string userId,
        Caller caller,
        UserStore users,
        BookingHistory history,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (!caller.MayChange(userId) || await users.FindAsync(userId, cancellationToken) is not { } user)
            return UserStore.NotFound;
        var bookings = new List<BookingEntry>();
        HistoryPlace? after = null;
        do
        {
            var (entries, next) = await history.ListAsync(userId, PageRequest.MaxLimit, after, cancellationToken);
            bookings.AddRange(entries);
            after = next;
        }
        while (after is not null);
        return TypedResults.Ok(new UserExport(UserResponse.From(user), user.Seller, bookings, time.GetUtcNow()));
    }
}
