using Carter;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Users.Accounts;

/// <summary>What is absent or null stays as it is.</summary>
internal sealed record ChangeUserRequest(string? Name = null, string? Phone = null);

internal sealed class ChangeUser : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPatch("/user/{user_id}", HandleAsync)
        .Describe("change_user", UsersModule.Tag, "Change an account's name and phone", "Members that are absent stay as they are. One's own; an admin changes every account.")
        .Fails(StatusCodes.Status400BadRequest, "validation_failed")
        .Fails(StatusCodes.Status404NotFound, "user_not_found")
        .Fails(StatusCodes.Status409Conflict, "user_changed")
        .RequireRole(Policies.SignedIn);

    private static async Task<Results<Ok<UserResponse>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "user_id")] string userId,
        ChangeUserRequest request,
        Caller caller,
        AccountEditor editor,
        CancellationToken cancellationToken)
    {
        if (!caller.MayChange(userId))
            return UserStore.NotFound;
        var errors = new ValidationErrors();
        AccountRules.Name(request.Name, errors);
        if (request.Phone is not null)
            AccountRules.Phone(request.Phone, errors);
        if (errors.Any)
            return errors.ToProblem();
        var (user, conflict) = await editor.EditAsync(
            userId, user => user with { Name = request.Name?.Trim() ?? user.Name, Phone = request.Phone ?? user.Phone }, [], cancellationToken);
        if (conflict)
            return AccountEditor.Changed;
        return user is null ? UserStore.NotFound : TypedResults.Ok(UserResponse.From(user));
    }
}
