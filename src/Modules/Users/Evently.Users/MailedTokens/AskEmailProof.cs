using Carter;
using Evently.Mail.Contracts;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Users.Accounts;
using Evently.Users.Tokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Evently.Users.MailedTokens;

internal sealed class AskEmailProof : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPost("/user/email-proof", HandleAsync)
        .Describe("ask_email_proof", UsersModule.Tag, "Have a link mailed that proves the own address", $"The link works once within 30 minutes. At most {MailLimits.PerAddress} mails an hour and address.")
        .Produces(StatusCodes.Status202Accepted)
        .Fails(StatusCodes.Status404NotFound, "user_not_found", "external_issuer")
        .Fails(StatusCodes.Status429TooManyRequests, "too_many_mails")
        .RequireRole(Policies.SignedIn);

    private static async Task<Results<Accepted, ProblemResult>> HandleAsync(
        Caller caller,
        UserStore users,
        MailLimits limits,
        TokenMailer mailer,
        IdGenerator ids,
        UnitOfWork<UsersModule> work,
        TokenIssuer issuer,
        CancellationToken cancellationToken)
    {
        if (issuer.Elsewhere is { } elsewhere)
            return elsewhere;
        if (await users.FindAsync(caller.UserId, cancellationToken) is not { } user)
            return UserStore.NotFound;
        if (user.IsGuest)
            return Problems.Forbidden();
        if (limits.TakeForAddress(TokenMailKind.EmailProof, AccountRules.NormalizeEmail(user.Email)) is { } wait)
            return MailLimits.Slowed(wait);
        var mailId = ids.Next();
        mailer.Add(mailId.ToString(), TokenMailKind.EmailProof, user, mailId.Time);
        await work.CommitAsync(cancellationToken);
        return TypedResults.Accepted((string?)null);
    }
}
