using System.ComponentModel.DataAnnotations;
using Carter;
using Evently.Mail.Contracts;
using Evently.Shared.Http;
using Evently.Users.Accounts;
using Evently.Users.Passwords;
using Evently.Users.Tokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Evently.Users.MailedTokens;

internal sealed record ResetPasswordRequest([property: Required] string? Token = null, [property: Required] string? NewPassword = null);

internal sealed class ResetPassword : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPost("/user/password-reset/confirm", HandleAsync)
        .Describe("reset_password", UsersModule.Tag, "Choose a new password by a mailed token", "All access tokens end at once, as do tokens that were mailed before. It also proves the address.")
        .Fails(StatusCodes.Status400BadRequest, "validation_failed", "password_too_common", "token_invalid")
        .Fails(StatusCodes.Status409Conflict, "user_changed")
        .Public();

    private static async Task<Results<NoContent, ProblemResult>> HandleAsync(
        ResetPasswordRequest request,
        HttpContext context,
        TokenStore tokens,
        PasswordGate passwords,
        FailedLogins failedLogins,
        RequestIdentity identity,
        CancellationToken cancellationToken)
    {
        var errors = new ValidationErrors();
        errors.Check(!string.IsNullOrEmpty(request.Token), "token", "is required.");
        AccountRules.Password(request.NewPassword, errors, "new_password");
        if (errors.Any)
            return errors.ToProblem();

        if (await tokens.IsRedeemedByAsync(request.Token, identity, cancellationToken))
            return TypedResults.NoContent();

        // Looked up before the hash, which costs: anybody may call this.
        const TokenMailKind Kind = TokenMailKind.PasswordReset;
        if (await tokens.FindUserAsync(request.Token, Kind, cancellationToken) is not { } user)
            return TokenStore.Invalid;
        if (CommonPasswords.Contains(request.NewPassword!, user.Email))
            return CommonPasswords.Refused;
        if (await passwords.HashAsync(request.NewPassword!, cancellationToken) is not { } hash)
            return PasswordGate.Busy;
        var refused = await tokens.RedeemAsync(
            request.Token,
            Kind,
            identity,
            account => account with { PasswordHash = hash, TokenVersion = account.TokenVersion + 1, IsEmailProven = true },
            cancellationToken);
        if (refused is not null)
            return refused;

        // Whoever forgot the password has most likely tried some, and whoever guesses at the account shall not keep its owner out.
        failedLogins.Welcome(AccountRules.NormalizeEmail(user.Email), ClientAddress.Of(context));
        return TypedResults.NoContent();
    }
}
