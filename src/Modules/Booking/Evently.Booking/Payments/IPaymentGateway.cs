namespace Evently.Booking.Payments;

/// <summary>
/// The payment provider. Every call is idempotent by its key: repeated, it answers what became of the first one. A call that is cut off, or that throws, has an
/// unknown outcome.
/// </summary>
internal interface IPaymentGateway
{
    /// <summary>Why the gateway can't take this method, as a sentence's end; null when it can.</summary>
    string? Refuses(string method);

    ValueTask<GatewayAnswer> ChargeAsync(ChargeRequest request, CancellationToken cancellationToken);

    /// <summary>What the gateway knows of a charge. <see cref="GatewayOutcome.NotFound"/> is no promise: a charge may still be on its way.</summary>
    ValueTask<GatewayAnswer> LookUpAsync(string reference, string idempotencyKey, CancellationToken cancellationToken);

    /// <summary>
    /// Makes sure that a key which the gateway does not know will never move money (a "technical cancel"). Answers <see cref="GatewayOutcome.Declined"/>
    /// when that is certain, <see cref="GatewayOutcome.Captured"/> when the money has moved, <see cref="GatewayOutcome.Unknown"/> while it is on its
    /// way, and <see cref="GatewayOutcome.NotFound"/> from a gateway that can't promise.
    /// </summary>
    ValueTask<GatewayAnswer> VoidAsync(ChargeRequest request, CancellationToken cancellationToken);

    /// <summary>Gives a captured charge back in full. Answers <see cref="GatewayOutcome.Captured"/> when it is done.</summary>
    ValueTask<GatewayAnswer> RefundAsync(RefundRequest request, CancellationToken cancellationToken);
}

internal enum GatewayOutcome
{
    /// <summary>Done: the money moved.</summary>
    Captured,

    /// <summary>Refused for good; this key will never move money.</summary>
    Declined,

    /// <summary>No answer: the money may have moved or may yet.</summary>
    Unknown,

    /// <summary>The gateway answered that it could not; this call moved nothing. May be repeated with the same key.</summary>
    Failed,

    /// <summary>Of a look-up: no charge with this key, so far.</summary>
    NotFound,
}

/// <param name="Detail">The gateway's own words, for support.</param>
internal sealed record GatewayAnswer(GatewayOutcome Outcome, string? Detail = null)
{
    public static readonly GatewayAnswer Captured = new(GatewayOutcome.Captured);
    public static readonly GatewayAnswer NotFound = new(GatewayOutcome.NotFound);
}

/// <param name="Reference">The booking's id.</param>
/// <param name="Amount">Minor units.</param>
internal sealed record ChargeRequest(string Reference, string IdempotencyKey, long Amount, string Currency, string Method);

/// <param name="ChargeKey">The idempotency key of the charge that is given back.</param>
internal sealed record RefundRequest(string Reference, string IdempotencyKey, string ChargeKey, long Amount, string Currency);
