using System.ComponentModel.DataAnnotations;
using Carter;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Users.Accounts;

/// <param name="Country">ISO 3166-1, two letters.</param>
internal sealed record SetSellerRequest(
    [property: Required] string? LegalName = null,
    [property: Required] string? Address = null,
    [property: Required] string? Country = null,
    string? TaxId = null);

internal sealed record SellerResponse(string UserId, string LegalName, string Address, string Country, string? TaxId);

internal sealed class SetSeller : ICarterModule
{
    private const int MaxName = 200;
    private const int MaxAddress = 500;
    private const int MaxTaxId = 50;

    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPut("/user/{user_id}/seller", HandleAsync)
        .Describe("set_seller", UsersModule.Tag, "Say who sells", "Printed on receipts. One's own, for organizers; an admin sets everybody's.")
        .Fails(StatusCodes.Status400BadRequest, "validation_failed")
        .Fails(StatusCodes.Status404NotFound, "user_not_found")
        .Fails(StatusCodes.Status409Conflict, "user_changed")
        .RequireRole(Policies.Organizer);

    private static async Task<Results<Ok<SellerResponse>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "user_id")] string userId,
        SetSellerRequest request,
        Caller caller,
        AccountEditor editor,
        CancellationToken cancellationToken)
    {
        if (!caller.MayChange(userId))
            return UserStore.NotFound;
        var errors = new ValidationErrors();
        errors.Text(request.LegalName, "legal_name", 1, MaxName);
        errors.Text(request.Address, "address", 1, MaxAddress, multiline: true);
        errors.Check(request.Country is [>= 'A' and <= 'Z', >= 'A' and <= 'Z'], "country", "must be a country's two letters (ISO 3166-1), such as DE.");
        if (request.TaxId is not null)
            errors.Text(request.TaxId, "tax_id", 1, MaxTaxId);
        if (errors.Any)
            return errors.ToProblem();
        var seller = new Seller(request.LegalName!.Trim(), request.Address!.Trim(), request.Country!, request.TaxId?.Trim());
        var (user, conflict) = await editor.EditAsync(userId, user => user with { Seller = seller }, [], cancellationToken);
        if (conflict)
            return AccountEditor.Changed;
        return user is null
            ? UserStore.NotFound
            : TypedResults.Ok(new SellerResponse(user.UserId, seller.LegalName, seller.Address, seller.Country, seller.TaxId));
    }
}
