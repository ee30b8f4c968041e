using Carter;
using Evently.Booking.Catalog;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Booking.Holds;

/// <summary>For whoever lost the page: one's own holdings that still run.</summary>
internal sealed class ListUserHoldings : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapGet("/user/{user_id}/holdings", HandleAsync)
        .Describe("list_user_holdings", HoldSeats.Tag, "List a user's holdings that still run", "Newest first. One's own; support and admin see everybody's.")
        .Fails(StatusCodes.Status404NotFound, "user_not_found")
        .RequireRole(Policies.SignedIn);

    private static async Task<Results<Ok<IReadOnlyList<HoldingResponse>>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "user_id")] string userId,
        Caller caller,
        KnownUsers users,
        OwnHoldings own,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var isOwn = string.Equals(userId, caller.UserId, StringComparison.Ordinal);
        var countedAs = isOwn ? caller.CountedAs : caller.IsStaff ? await users.FindCountedAsAsync(userId, cancellationToken) : null;
        if (countedAs is null)
            return Problems.NotFound("user_not_found", "There is no such user.");
        var now = time.GetUtcNow();
        var running = await own.RunningAsync(userId, countedAs, cancellationToken);
        return TypedResults.Ok<IReadOnlyList<HoldingResponse>>([.. running.Select(saga => HoldingResponse.From(saga, saga.HoldingState, now))]);
    }
}
