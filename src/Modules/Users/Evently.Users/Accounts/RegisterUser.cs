using System.ComponentModel.DataAnnotations;
using Carter;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Users.Passwords;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Evently.Users.Accounts;

/// <param name="Phone">E.164.</param>
internal sealed record RegisterUserRequest(
    [property: Required] string? Email = null,
    [property: Required] string? Phone = null,
    [property: Required] string? Password = null,
    string? Name = null);

internal sealed class RegisterUser : ICarterModule
{
    private static readonly ProblemResult EmailTaken = Problems.Conflict("email_taken", "There is an account with this e-mail address.");

    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPost("/user", HandleAsync)
        .Describe("register_user", UsersModule.Tag, "Register", $"The password has {AccountRules.MinPasswordLength} to {AccountRules.MaxPasswordLength} characters. Everybody starts as a customer.")
        .Fails(StatusCodes.Status400BadRequest, "validation_failed", "password_too_common")
        .Fails(StatusCodes.Status409Conflict, "email_taken")
        .Public();

    private static async Task<Results<Created<UserResponse>, ProblemResult>> HandleAsync(
        RegisterUserRequest request,
        RequestIdentity identity,
        UserStore users,
        UserRegistrar registrar,
        PasswordGate passwords,
        CancellationToken cancellationToken)
    {
        var errors = new ValidationErrors();
        AccountRules.Email(request.Email, errors);
        AccountRules.Phone(request.Phone, errors);
        AccountRules.Password(request.Password, errors);
        AccountRules.Name(request.Name, errors);
        if (errors.Any)
            return errors.ToProblem();

        if (identity.IsRepeat && await users.FindAsync(PrefixedId.Format(UsersModule.IdPrefix, identity.Id), cancellationToken) is { } made)
            return Registered(made);
        if (CommonPasswords.Contains(request.Password!, request.Email!))
            return CommonPasswords.Refused;

        // Looked up first only to save the hash; the claim in the transaction decides.
        if (await users.FindByEmailAsync(
            AccountRules.NormalizeEmail(request.Email!), AccountRules.FormerNormalizeEmail(request.Email!), cancellationToken) is not null)
            return EmailTaken;
        if (await passwords.HashAsync(request.Password!, cancellationToken) is not { } hash)
            return PasswordGate.Busy;
        var user = await registrar.RegisterAsync(identity.Id, request.Email!, request.Phone!, request.Name, hash, [Roles.Customer], cancellationToken);
        return user is null ? EmailTaken : Registered(user);
    }

    private static Created<UserResponse> Registered(User user) => TypedResults.Created($"/user/{user.UserId}", UserResponse.From(user));
}
