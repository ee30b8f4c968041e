using System.Text.Json;

namespace Evently.Api.Tests.Driver;

/// <summary>A line of the simulated gateway's own record.</summary>
public sealed record Payment(string Reference, string Kind, decimal Amount, string Currency, string State, string IdempotencyKey)
{
    /// <summary>Money has moved.</summary>
    public bool Done => State is "captured" or "refunded";

    public static Payment From(JsonElement json) => new(
        json.GetProperty("reference").GetString()!,
        json.GetProperty("kind").GetString()!,
        json.GetProperty("amount").GetDecimal(),
        json.GetProperty("currency").GetString()!,
        json.GetProperty("state").GetString()!,
        json.GetProperty("idempotency_key").GetString()!);
}

public static class PaymentAssertions
{
    public static IReadOnlyList<Payment> Charges(this IEnumerable<Payment> payments) => [.. payments.Where(payment => payment is { Kind: "charge", Done: true })];

    public static IReadOnlyList<Payment> Refunds(this IEnumerable<Payment> payments) => [.. payments.Where(payment => payment is { Kind: "refund", Done: true })];

    /// <summary>Charged once and not given back.</summary>
    public static void AreOneCharge(this IReadOnlyList<Payment> payments, decimal amount)
    {
        Assert.Equal(amount, Assert.Single(payments.Charges()).Amount);
        Assert.Empty(payments.Refunds());
    }

    /// <summary>Charged once and given back once, in full.</summary>
    public static void AreOneChargeAndItsRefund(this IReadOnlyList<Payment> payments, decimal amount)
    {
        Assert.Equal(amount, Assert.Single(payments.Charges()).Amount);
        Assert.Equal(amount, Assert.Single(payments.Refunds()).Amount);
    }
}
