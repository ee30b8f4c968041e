using Carter;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Evently.Users.Accounts;

internal sealed class GetMe : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapGet("/user/me", HandleAsync)
        .Describe("get_me", UsersModule.Tag, "Read one's own account")
        .Fails(StatusCodes.Status404NotFound, "user_not_found")
        .RequireRole(Policies.SignedIn);

    private static async Task<Results<Ok<UserResponse>, ProblemResult>> HandleAsync(Caller caller, UserStore users, CancellationToken cancellationToken) =>
        await users.FindAsync(caller.UserId, cancellationToken) is { } user ? TypedResults.Ok(UserResponse.From(user)) : UserStore.NotFound;
}
