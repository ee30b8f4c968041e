using System.ComponentModel.DataAnnotations;
using Carter;
using Evently.Shared.Http;
using Evently.Shared.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Users.Accounts;

internal sealed record SetRolesRequest([property: Required] IReadOnlyList<string?>? Roles = null);

/// <summary>A change counts at once: what a token says of roles is compared with the account.</summary>
internal sealed class SetRoles : ICarterModule
{
    private const int MaxAttempts = 5;

    // The largest list that makes sense is every role once; a little more is forgiven.
    private const int MaxRoles = 16;

    internal static readonly ProblemResult LastAdmin = Problems.Conflict("last_admin", "The last admin cannot lose that role; make another one first.");

    private static readonly ProblemResult GuestAccount = Problems.Conflict("guest_account", "A guest has no roles; the person needs an account.");

    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPut("/user/{user_id}/roles", HandleAsync)
        .Describe("set_user_roles", UsersModule.Tag, "Grant and withdraw roles", "The list replaces the one before; customer is always part of it. A change takes effect at once, on other instances within a second.")
        .Fails(StatusCodes.Status400BadRequest, "validation_failed")
        .Fails(StatusCodes.Status404NotFound, "user_not_found")
        .Fails(StatusCodes.Status409Conflict, "last_admin", "guest_account", "user_changed")
        .RequireRole(Policies.Admin)
        .FreshAccount();

    private static async Task<Results<Ok<UserResponse>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "user_id")] string userId,
        SetRolesRequest request,
        UserStore users,
        AccountDirectory directory,
        AccountChanges changes,
        ModuleTable<UsersModule> table,
        CancellationToken cancellationToken)
    {
        if (Validate(request) is { Any: true } errors)
            return errors.ToProblem();
        var roles = User.Canonical(request.Roles!.OfType<string>());

        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (await users.FindAsync(userId, cancellationToken) is not { } user)
                return UserStore.NotFound;
            if (user.IsGuest)
                return GuestAccount;
            var changed = user with { Roles = roles, Version = user.Version + 1 };
            var result = await table.TransactAsync([.. Writes(user, changed), changes.Tell(userId, changed.Version)], cancellationToken);
            if (result.Applied)
            {
                directory.Changed(userId);
                return TypedResults.Ok(UserResponse.From(changed));
            }

            // Refused by the count alone: nobody else changed the user, it is the last admin.
            if (result.Refused is [1])
                return LastAdmin;
        }

        return Problems.Conflict("user_changed", "The account was changed by somebody else at the same time; try again.");
    }

    private static ValidationErrors Validate(SetRolesRequest request)
    {
        var errors = new ValidationErrors();
        if (request.Roles is null || request.Roles.Count is 0 or > MaxRoles)
        {
            errors.Add("roles", $"must name 1 to {MaxRoles} roles.");
            return errors;
        }

        for (var i = 0; i < request.Roles.Count; i++)
            errors.Check(request.Roles[i] is { } role && Roles.All.Contains(role), $"roles[{i}]", $"must be one of {string.Join(", ", Roles.All)}.");
        return errors;
    }

    private static List<Write> Writes(User before, User after)
    {
        List<Write> writes =
        [
            Write.Update(
                Keys.User(before.UserId),
                [Change.Set("roles", after.ToAttributes()["roles"]), Change.Set("version", after.Version)],
                Condition.Equal("version", before.Version)),
        ];
        if (before.IsAdmin && !after.IsAdmin)
            writes.Add(Write.Update(Keys.Admins, [Change.Add("count", -1)], Condition.Compare("count", Comparison.Greater, 1)));
        else if (!before.IsAdmin && after.IsAdmin)
            writes.Add(Write.Update(Keys.Admins, [Change.Add("count", 1)], Condition.Always));
        return writes;
    }
}
