using Carter;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Users.Accounts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Users.History;

internal sealed class ListUserBookings : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapGet("/user/{user_id}/bookings", HandleAsync)
        .Describe("list_user_bookings", UsersModule.Tag, "List a user's bookings", "Newest first, by booking_date; payments that are under way for longer than moments are among them. One's own; support and admin see everybody's.")
        .Paged()
        .Fails(StatusCodes.Status404NotFound, "user_not_found")
        .RequireRole(Policies.SignedIn);

    private static async Task<Results<Ok<IReadOnlyList<BookingEntry>>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "user_id")] string userId,
        Caller caller,
        HttpContext context,
        UserStore users,
        BookingHistory history,
        CancellationToken cancellationToken)
    {
        if (!caller.MaySee(userId))
            return UserStore.NotFound;
        var errors = new ValidationErrors();
        var page = PageRequest.Read(context.Request, errors);
        HistoryPlace? after = null;
        if (page.After is not null)
        {
            errors.Check(HistoryPlace.TryParse(page.After, out var place), "cursor", "is not a cursor of this list.");
            after = place;
        }

        if (errors.Any)
            return errors.ToProblem();

        // Users of an external provider have no account here, but they are who their token says.
        if (caller.UserId != userId && await users.FindAsync(userId, cancellationToken) is null)
            return UserStore.NotFound;
        var (entries, next) = await history.ListAsync(userId, page.Limit, after, cancellationToken);
        PageRequest.LinkNext(context, next?.ToString());
        return TypedResults.Ok(entries);
    }
}
