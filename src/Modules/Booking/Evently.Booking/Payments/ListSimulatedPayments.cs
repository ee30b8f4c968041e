using Carter;
using Evently.Booking.Sagas;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Money;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Booking.Payments;

/// <param name="Kind"><c>charge</c> or <c>refund</c>.</param>
/// <param name="State">Of a charge <c>captured</c>, <c>declined</c>, <c>pending</c> or <c>failed</c>; of a refund <c>refunded</c> or <c>failed</c>.</param>
/// <param name="At">When the money moved, or will.</param>
internal sealed record SimulatedPaymentResponse(
    string Reference, string Kind, decimal Amount, string Currency, string State, string IdempotencyKey, DateTimeOffset At);

internal sealed class ListSimulatedPayments : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapGet("/simulator/payments", HandleAsync)
        .Describe("list_simulated_payments", "Payments", "What the simulated gateway has of a booking", "Exists only with the simulated gateway.")
        .QueryParameter("reference", "The booking's id.")
        .Fails(StatusCodes.Status400BadRequest, "validation_failed")
        .Fails(StatusCodes.Status404NotFound, "not_found")
        .RequireRole(Policies.Support);

    private static async Task<Results<Ok<IReadOnlyList<SimulatedPaymentResponse>>, ProblemResult>> HandleAsync(
        HttpContext context,
        IPaymentGateway gateway,
        CancellationToken cancellationToken)
    {
        if (gateway is not SimulatedGateway simulator)
            return Problems.NotFound("not_found", "There is no simulated gateway here.");
        var reference = context.Request.Query["reference"].ToString();
        if (!PrefixedId.TryParse(reference, BookingSaga.BookingPrefix, out _))
        {
            var errors = new ValidationErrors();
            errors.Add("reference", "must be a booking's id.");
            return errors.ToProblem();
        }

        var payments = await simulator.ListAsync(reference, cancellationToken);
        return TypedResults.Ok<IReadOnlyList<SimulatedPaymentResponse>>([.. payments.Select(payment => new SimulatedPaymentResponse(
            payment.Reference,
            payment.Kind,
            Currency.ToMajor(payment.Amount, payment.Currency),
            payment.Currency,
            payment.State,
            payment.IdempotencyKey,
            payment.At))]);
    }
}
