using System.ComponentModel.DataAnnotations;
using Carter;
using Evently.Mail.Contracts;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Users.Accounts;
using Evently.Users.Contracts;
using Evently.Users.Tokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Evently.Users.MailedTokens;

internal sealed record AskPasswordResetRequest([property: Required] string? Email = null);

/// <summary>
/// Says the same, after the same work, whether the address has an account or not: it is looked up later, where nobody waits for it.
/// </summary>
internal sealed class AskPasswordReset : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPost("/user/password-reset", HandleAsync)
        .Describe(
            "ask_password_reset",
            UsersModule.Tag,
            "Have a link to a new password mailed",
            $"The same answer whether there is such an account or not. The link works once within 30 minutes. At most {MailLimits.PerAddress} mails an hour and address, and {MailLimits.PerClient} an hour and client.")
        .Produces(StatusCodes.Status202Accepted)
        .Fails(StatusCodes.Status400BadRequest, "validation_failed")
        .Fails(StatusCodes.Status404NotFound, "external_issuer")
        .Fails(StatusCodes.Status429TooManyRequests, "too_many_mails")
        .Public();

    private static async Task<Results<Accepted, ProblemResult>> HandleAsync(
        AskPasswordResetRequest request,
        HttpContext context,
        MailLimits limits,
        SecretCipher cipher,
        IdGenerator ids,
        UnitOfWork<UsersModule> work,
        TokenIssuer issuer,
        CancellationToken cancellationToken)
    {
        if (issuer.Elsewhere is { } elsewhere)
            return elsewhere;
        var errors = new ValidationErrors();
        AccountRules.Email(request.Email, errors);
        if (errors.Any)
            return errors.ToProblem();
        if (limits.TakeForClient(context) is { } wait)
            return MailLimits.Slowed(wait);

        // Whose mailbox is full of these already is not told to whoever asks.
        if (limits.TakeForAddress(TokenMailKind.PasswordReset, AccountRules.NormalizeEmail(request.Email!)) is null)
        {
            var mailId = ids.Next().ToString();
            work.Publish(new PasswordResetAsked(mailId, cipher.Seal(request.Email!, mailId)), mailId);
            await work.CommitAsync(cancellationToken);
        }

        return TypedResults.Accepted((string?)null);
    }
}
