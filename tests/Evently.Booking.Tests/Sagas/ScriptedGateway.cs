using Evently.Booking.Payments;

namespace Evently.Booking.Tests.Sagas;

/// <summary>Answers at once what a test says, and remembers what it was asked.</summary>
internal sealed class ScriptedGateway : IPaymentGateway
{
    private readonly Dictionary<string, GatewayOutcome> _settled = [];

    public Func<ChargeRequest, GatewayOutcome> OnCharge { get; set; } = _ => GatewayOutcome.Captured;

    /// <summary>What happens while a charge is under way.</summary>
    public Func<Task> OnChargeAsync { get; set; } = () => Task.CompletedTask;

    public Func<GatewayOutcome?> OnLookUp { get; set; } = () => null;

    /// <summary>By default a gateway that can't promise.</summary>
    public Func<GatewayOutcome> OnVoid { get; set; } = () => GatewayOutcome.NotFound;

    public Func<GatewayOutcome> OnRefund { get; set; } = () => GatewayOutcome.Captured;

    public List<ChargeRequest> Charges { get; } = [];

    public List<RefundRequest> Refunds { get; } = [];

    public int LookUps { get; private set; }

    /// <summary>The money of this charge moves now, whatever its caller was told.</summary>
    public void Settle(string key) => _settled[key] = GatewayOutcome.Captured;

    public string? Refuses(string method) => null;

    public async ValueTask<GatewayAnswer> ChargeAsync(ChargeRequest request, CancellationToken cancellationToken)
    {
        Charges.Add(request);
        await OnChargeAsync();
        var outcome = OnCharge(request);
        if (outcome is GatewayOutcome.Captured or GatewayOutcome.Declined)
            _settled[request.IdempotencyKey] = outcome;
        return new GatewayAnswer(outcome);
    }

    public ValueTask<GatewayAnswer> LookUpAsync(string reference, string idempotencyKey, CancellationToken cancellationToken)
    {
        LookUps++;
        return ValueTask.FromResult(new GatewayAnswer(OnLookUp() ?? _settled.GetValueOrDefault(idempotencyKey, GatewayOutcome.NotFound)));
    }

    public ValueTask<GatewayAnswer> VoidAsync(ChargeRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new GatewayAnswer(OnVoid()));

    public ValueTask<GatewayAnswer> RefundAsync(RefundRequest request, CancellationToken cancellationToken)
    {
        Refunds.Add(request);
        return ValueTask.FromResult(new GatewayAnswer(OnRefund()));
    }
}
