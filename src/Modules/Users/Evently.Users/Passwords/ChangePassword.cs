using System.ComponentModel.DataAnnotations;
using Carter;
using Evently.Shared.Http;
using Evently.Users.Accounts;
using Evently.Users.Tokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Users.Passwords;

internal sealed record ChangePasswordRequest([property: Required] string? CurrentPassword = null, [property: Required] string? NewPassword = null);

internal sealed class ChangePassword : ICarterModule
{
    private static readonly ProblemResult Wrong = Problems.Of(StatusCodes.Status401Unauthorized, "invalid_credentials", "The current password is another one.");

    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPut("/user/{user_id}/password", HandleAsync)
        .Describe("change_password", UsersModule.Tag, "Change one's password", "All tokens issued before end at once, on other instances within a second.")
        .Fails(StatusCodes.Status400BadRequest, "validation_failed", "password_too_common")
        .Fails(StatusCodes.Status401Unauthorized, "invalid_credentials")
        .Fails(StatusCodes.Status404NotFound, "user_not_found")
        .Fails(StatusCodes.Status409Conflict, "user_changed")
        .Fails(StatusCodes.Status429TooManyRequests, "too_many_failed_logins")
        .RequireRole(Policies.SignedIn)
        .FreshAccount();

    private static async Task<Results<NoContent, ProblemResult>> HandleAsync(
        [FromRoute(Name = "user_id")] string userId,
        ChangePasswordRequest request,
        HttpContext context,
        Caller caller,
        UserStore users,
        AccountEditor editor,
        PasswordGate passwords,
        FailedLogins failedLogins,
        CancellationToken cancellationToken)
    {
        if (!string.Equals(userId, caller.UserId, StringComparison.Ordinal) || await users.FindAsync(userId, cancellationToken) is not { } user)
            return UserStore.NotFound;
        if (user.IsGuest)
            return Problems.Forbidden();
        var errors = new ValidationErrors();
        errors.Check(!string.IsNullOrEmpty(request.CurrentPassword), "current_password", "is required.");
        AccountRules.Password(request.NewPassword, errors, "new_password");
        if (errors.Any)
            return errors.ToProblem();
        if (CommonPasswords.Contains(request.NewPassword!, user.Email))
            return CommonPasswords.Refused;

        var email = AccountRules.NormalizeEmail(user.Email);
        var address = ClientAddress.Of(context);
        if (failedLogins.Begin(email, address) is { } wait)
            return FailedLogins.Slowed(wait);
        var verified = await passwords.VerifyAsync(user, request.CurrentPassword!, cancellationToken);
        if (verified is null)
            return PasswordGate.Busy;
        if (verified == PasswordVerificationResult.Failed)
            return Wrong;
        failedLogins.Succeeded(email, address);
        if (await passwords.HashAsync(request.NewPassword!, cancellationToken) is not { } hash)
            return PasswordGate.Busy;

        // The password that was verified is the one that is replaced.
        var (changed, conflict) = await editor.EditAsync(
            userId,
            current => current.PasswordHash == user.PasswordHash ? current with { PasswordHash = hash, TokenVersion = current.TokenVersion + 1 } : null,
            [],
            cancellationToken);
        if (conflict || (changed is not null && changed.PasswordHash != hash))
            return AccountEditor.Changed;
        return changed is null ? UserStore.NotFound : TypedResults.NoContent();
    }
}
