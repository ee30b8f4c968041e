using Carter;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Users.Accounts;

internal sealed class GetUser : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapGet("/user/{user_id}", HandleAsync)
        .Describe("get_user", UsersModule.Tag, "Read an account", "One's own; support and admin see every account.")
        .Fails(StatusCodes.Status404NotFound, "user_not_found")
        .RequireRole(Policies.SignedIn);

    private static async Task<Results<Ok<UserResponse>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "user_id")] string userId,
        Caller caller,
        UserStore users,
        CancellationToken cancellationToken) =>
        caller.MaySee(userId) && await users.FindAsync(userId, cancellationToken) is { } user
            ? TypedResults.Ok(UserResponse.From(user))
            : UserStore.NotFound;
}
