using System.ComponentModel.DataAnnotations;
using Carter;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Users.Accounts;
using Evently.Users.Tokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Evently.Users.Guests;

/// <param name="Phone">E.164.</param>
internal sealed record RegisterGuestRequest([property: Required] string? Email = null, string? Name = null, string? Phone = null);

/// <summary>Buying without an account: the token is the guest's key to the own holdings and bookings.</summary>
internal sealed class RegisterGuest : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPost("/user/guest", HandleAsync)
        .Describe(
            "register_guest",
            UsersModule.Tag,
            "Buy as a guest",
            $"Answers a token with the role guest: it holds, pays and sees its own things. Limits on a person's seats count all guests of an address as one. At most {GuestLimit.PerHour} an hour and client.")
        .Fails(StatusCodes.Status400BadRequest, "validation_failed")
        .Fails(StatusCodes.Status404NotFound, "external_issuer")
        .Fails(StatusCodes.Status429TooManyRequests, "too_many_guests")
        .Public();

    private static async Task<Results<Created<TokenResponse>, ProblemResult>> HandleAsync(
        RegisterGuestRequest request,
        RequestIdentity identity,
        HttpContext context,
        UserStore users,
        UserRegistrar registrar,
        GuestLimit limit,
        TokenIssuer issuer,
        CancellationToken cancellationToken)
    {
        if (issuer.Elsewhere is { } elsewhere)
            return elsewhere;
        var errors = new ValidationErrors();
        AccountRules.Email(request.Email, errors);
        AccountRules.Name(request.Name, errors);
        if (request.Phone is not null)
            AccountRules.Phone(request.Phone, errors);
        if (errors.Any)
            return errors.ToProblem();
        if (limit.Take(ClientAddress.Of(context)) is { } wait)
            return GuestLimit.Slowed(wait);
        var made = identity.IsRepeat ? await users.FindAsync(PrefixedId.Format(UsersModule.IdPrefix, identity.Id), cancellationToken) : null;
        var guest = made ?? await registrar.RegisterGuestAsync(identity.Id, request.Email!, request.Phone, request.Name, cancellationToken);
        return TypedResults.Created($"/user/{guest.UserId}", TokenResponse.For(guest, issuer));
    }
}
