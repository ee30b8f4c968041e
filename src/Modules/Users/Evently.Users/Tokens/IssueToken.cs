using System.ComponentModel.DataAnnotations;
using Carter;
using Evently.Shared.Http;
using Evently.Users.Accounts;
using Evently.Users.Passwords;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;

namespace Evently.Users.Tokens;

internal sealed record TokenRequest([property: Required] string? Email = null, [property: Required] string? Password = null);

/// <param name="ExpiresIn">Seconds.</param>
internal sealed record TokenResponse(string AccessToken, string TokenType, int ExpiresIn, string UserId, IReadOnlyList<string> Roles)
{
    public static TokenResponse For(User user, TokenIssuer issuer) =>
        new(issuer.Issue(user), "Bearer", (int)issuer.LifetimeFor(user).TotalSeconds, user.UserId, user.Roles);
}

internal sealed class IssueToken : ICarterModule
{
    private const int MaxInputLength = 1_000;

    private static readonly ProblemResult InvalidCredentials =
        Problems.Of(StatusCodes.Status401Unauthorized, "invalid_credentials", "There is no account with this e-mail address and password.");

    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPost("/user/token", HandleAsync)
        .Describe("issue_token", UsersModule.Tag, "Get an access token", "After five wrong passwords each further try has to wait, up to five minutes.")
        .Fails(StatusCodes.Status400BadRequest, "validation_failed")
        .Fails(StatusCodes.Status401Unauthorized, "invalid_credentials")
        .Fails(StatusCodes.Status404NotFound, "external_issuer")
        .Fails(StatusCodes.Status429TooManyRequests, "too_many_failed_logins")
        .Public();

    private static async Task<Results<Ok<TokenResponse>, ProblemResult>> HandleAsync(
        TokenRequest request,
        HttpContext context,
        UserStore users,
        PasswordGate passwords,
        FailedLogins failedLogins,
        TokenIssuer issuer,
        CancellationToken cancellationToken)
    {
        if (issuer.Elsewhere is { } elsewhere)
            return elsewhere;
        var errors = new ValidationErrors();
        errors.Text(request.Email, "email", 1, MaxInputLength);
        errors.Text(request.Password, "password", 1, MaxInputLength);
        if (errors.Any)
            return errors.ToProblem();

        var email = AccountRules.NormalizeEmail(request.Email!);
        var address = ClientAddress.Of(context);
        if (failedLogins.Begin(email, address) is { } wait)
            return FailedLogins.Slowed(wait);

        // No account has an address longer than a key may be.
        var user = email.Length <= AccountRules.MaxEmailLength ? await users.FindByEmailAsync(email, AccountRules.FormerNormalizeEmail(request.Email!), cancellationToken) : null;
        var verified = await passwords.VerifyAsync(user, request.Password!, cancellationToken);
        if (verified is null)
            return PasswordGate.Busy;
        if (user is null || verified == PasswordVerificationResult.Failed)
            return InvalidCredentials;

        failedLogins.Succeeded(email, address);
        if (verified == PasswordVerificationResult.SuccessRehashNeeded && await passwords.HashAsync(request.Password!, cancellationToken) is { } hash)
            await users.RefreshPasswordHashAsync(user, hash, cancellationToken);
        return TypedResults.Ok(TokenResponse.For(user, issuer));
    }
}
