using Carter;
using Evently.Shared.Http;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Evently.Users.Contracts;
using Evently.Users.History;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Users.Accounts;

/// <summary>
/// Erases a person: the account, the claim on the address and the history go; the id stays as a mark, so that tokens end and nothing is made under it again.
/// Other modules hear of it by message. What the books need (amounts, seats) names nobody.
/// </summary>
internal sealed class EraseUser : ICarterModule
{
    private const int Attempts = 5;

    private static readonly ProblemResult Upcoming =
        Problems.Conflict("has_upcoming_bookings", "There are bookings of events to come; cancel them first.");

    public void AddRoutes(IEndpointRouteBuilder app) => app.MapDelete("/user/{user_id}", HandleAsync)
        .Describe("erase_user", UsersModule.Tag, "Erase a person", "All tokens end at once. Oneself, or an admin anybody; the last admin stays. Holds end with it, and a payment that was still under way, or came to a booking in the same moment, is given back.")
        .Fails(StatusCodes.Status404NotFound, "user_not_found")
        .Fails(StatusCodes.Status409Conflict, "has_upcoming_bookings", "last_admin", "user_changed")
        .RequireRole(Policies.SignedIn)
        .FreshAccount();

    private static async Task<Results<NoContent, ProblemResult>> HandleAsync(
        [FromRoute(Name = "user_id")] string userId,
        Caller caller,
        UserStore users,
        AccountDirectory directory,
        AccountChanges changes,
        BookingHistory history,
        UnitOfWork<UsersModule> work,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (!caller.MayChange(userId))
            return UserStore.NotFound;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await users.FindAsync(userId, cancellationToken) is not { } user)
                return UserStore.NotFound;
            if (await history.HasUpcomingAsync(userId, time.GetUtcNow(), cancellationToken))
                return Upcoming;
            foreach (var write in Writes(user, time.GetUtcNow()))
                work.Add(write);
            work.Add(changes.Tell(userId, user.Version + 1));
            work.Publish(new UserErased(userId, time.GetUtcNow(), user.CountedAs), userId);
            var result = await work.CommitAsync(cancellationToken);
            if (result.Applied)
            {
                directory.Changed(userId);
                await history.EraseAsync(userId, cancellationToken);
                return TypedResults.NoContent();
            }

            if (user.IsAdmin && result.Refused is [1])
                return SetRoles.LastAdmin;
        }

        return AccountEditor.Changed;
    }

    private static List<Write> Writes(User user, DateTimeOffset now)
    {
        var mark = new Dictionary<string, Value>
        {
            [UserStore.Erased] = now.ToUnixTimeMilliseconds(),
            ["version"] = user.Version + 1,
        };
        List<Write> writes =
        [
            Write.Put(Keys.User(user.UserId), mark, Condition.Equal("version", user.Version)),
        ];
        if (user.IsAdmin)
            writes.Add(Write.Update(Keys.Admins, [Change.Add("count", -1)], Condition.Compare("count", Comparison.Greater, 1)));
        writes.AddRange(user.ClaimedEmails.Select(email => Write.Delete(Keys.Email(email), Condition.Always)));
        return writes;
    }
}
