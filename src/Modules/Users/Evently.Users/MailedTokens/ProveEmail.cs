using System.ComponentModel.DataAnnotations;
using Carter;
using Evently.Mail.Contracts;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Evently.Users.MailedTokens;

internal sealed record ProveEmailRequest([property: Required] string? Token = null);

internal sealed class ProveEmail : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPost("/user/email-proof/confirm", HandleAsync)
        .Describe("prove_email", UsersModule.Tag, "Prove an address by a mailed token", "The account's email_proven becomes true.")
        .Fails(StatusCodes.Status400BadRequest, "validation_failed", "token_invalid")
        .Fails(StatusCodes.Status409Conflict, "user_changed")
        .Public();

    private static async Task<Results<NoContent, ProblemResult>> HandleAsync(ProveEmailRequest request, TokenStore tokens, RequestIdentity identity, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(request.Token))
            return Problems.Validation(new Dictionary<string, string[]> { ["token"] = ["is required."] });
        if (await tokens.IsRedeemedByAsync(request.Token, identity, cancellationToken))
            return TypedResults.NoContent();
        var refused = await tokens.RedeemAsync(request.Token, TokenMailKind.EmailProof, identity, account => account with { IsEmailProven = true }, cancellationToken);
        return refused is null ? TypedResults.NoContent() : refused;
    }
}
