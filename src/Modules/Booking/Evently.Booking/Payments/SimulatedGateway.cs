using Evently.Shared.Storage;

namespace Evently.Booking.Payments;

/// <summary>
/// A gateway that moves no money and misbehaves on request. What it did is in its own durable record, which the rest of Booking never reads; a charge
/// that goes through later is a record with a time, so that it does so across restarts too.
/// </summary>
internal sealed class SimulatedGateway(ModuleTable<BookingModule> table, TimeProvider time) : IPaymentGateway
{
    /// <summary>How long a call hangs that never gets an answer.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    /// <summary>Most records of one booking that are listed; more than its attempts and its refund.</summary>
    private const int ListedPayments = 100;

    public string? Refuses(string method) => SimulatedMethod.TryParse(method, out _)
        ? null
        : $"must be sim_ok, sim_declined, sim_unknown, sim_slow_N, sim_late_N or sim_error_N with N from 0 to {SimulatedMethod.MaxNumber}.";

    public async ValueTask<GatewayAnswer> ChargeAsync(ChargeRequest request, CancellationToken cancellationToken)
    {
        if (!SimulatedMethod.TryParse(request.Method, out var method))
            return new GatewayAnswer(GatewayOutcome.Declined, "unknown payment method");
        var key = Keys.SimulatedPayment(request.Reference, request.IdempotencyKey);
        var now = time.GetUtcNow();
        if (await FailsYetAsync(key, method, "charge", request.Amount, request.Currency, cancellationToken))
            return new GatewayAnswer(GatewayOutcome.Failed, "simulated failure");

        var effectiveAt = method.Behaviour switch
        {
            SimulatedBehaviour.Slow => now.AddSeconds(method.Number),
            SimulatedBehaviour.Late => now + Silence + TimeSpan.FromSeconds(method.Number),
            _ => now,
        };
        var outcome = method.Behaviour == SimulatedBehaviour.Declined ? GatewayOutcome.Declined : GatewayOutcome.Captured;
        var payment = await RecordAsync(key, new Settlement("charge", request.Amount, request.Currency, request.Method, outcome, effectiveAt), cancellationToken);
        if (method.Behaviour is SimulatedBehaviour.Unknown or SimulatedBehaviour.Late)
        {
            await Task.Delay(Silence, time, cancellationToken);
            return new GatewayAnswer(GatewayOutcome.Unknown, "no answer");
        }

        if (payment.EffectiveAt - time.GetUtcNow() is { } wait && wait > TimeSpan.Zero)
            await Task.Delay(wait, time, cancellationToken);
        return new GatewayAnswer(payment.Outcome, payment.Outcome == GatewayOutcome.Declined ? "simulated decline" : null);
    }

    public async ValueTask<GatewayAnswer> LookUpAsync(string reference, string idempotencyKey, CancellationToken cancellationToken)
    {
        var item = await table.GetAsync(Keys.SimulatedPayment(reference, idempotencyKey), Consistency.Strong, cancellationToken);
        return item is not null && Settlement.Read(item) is { } payment && payment.EffectiveAt <= time.GetUtcNow()
            ? new GatewayAnswer(payment.Outcome)
            : GatewayAnswer.NotFound;
    }

    public async ValueTask<GatewayAnswer> VoidAsync(ChargeRequest request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var refusal = new Settlement("charge", request.Amount, request.Currency, request.Method, GatewayOutcome.Declined, now);
        var payment = await RecordAsync(Keys.SimulatedPayment(request.Reference, request.IdempotencyKey), refusal, cancellationToken);
        return new GatewayAnswer(payment.EffectiveAt > now ? GatewayOutcome.Unknown : payment.Outcome);
    }

    public async ValueTask<GatewayAnswer> RefundAsync(RefundRequest request, CancellationToken cancellationToken)
    {
        var charge = await table.GetAsync(Keys.SimulatedPayment(request.Reference, request.ChargeKey), Consistency.Strong, cancellationToken);
        if (charge is null || Settlement.Read(charge) is not { Outcome: GatewayOutcome.Captured } captured || captured.EffectiveAt > time.GetUtcNow())
            return new GatewayAnswer(GatewayOutcome.Declined, "no such charge");
        var key = Keys.SimulatedPayment(request.Reference, request.IdempotencyKey);
        if (SimulatedMethod.TryParse(captured.Method, out var method)
            && await FailsYetAsync(key, method, "refund", request.Amount, request.Currency, cancellationToken))
            return new GatewayAnswer(GatewayOutcome.Failed, "simulated failure");
        await RecordAsync(
            key, new Settlement("refund", request.Amount, request.Currency, captured.Method, GatewayOutcome.Captured, time.GetUtcNow()), cancellationToken);
        return GatewayAnswer.Captured;
    }

    /// <summary>Everything the gateway has of a booking, as a bank statement would show it: what goes through later is <c>pending</c>.</summary>
    public async ValueTask<IReadOnlyList<SimulatedPayment>> ListAsync(string reference, CancellationToken cancellationToken)
    {
        var page = await table.QueryAsync(new Query(Keys.Simulator(reference), SortRange.All, Consistency.Strong, ListedPayments), cancellationToken);
        var now = time.GetUtcNow();
        return [.. page.Items.Select(item => ToPayment(reference, item, now)).OrderBy(payment => payment.At)];
    }

    private static SimulatedPayment ToPayment(string reference, Item item, DateTimeOffset now)
    {
        var settlement = Settlement.Read(item);
        var state = settlement switch
        {
            null => "failed",
            { Outcome: GatewayOutcome.Declined } => "declined",
            _ when settlement.EffectiveAt > now => "pending",
            { Kind: "refund" } => "refunded",
            _ => "captured",
        };
        var at = settlement?.EffectiveAt ?? DateTimeOffset.FromUnixTimeMilliseconds(item["first_at"].Number);
        return new SimulatedPayment(reference, item["kind"].String, item["amount"].Number, item["currency"].String, state, item.Key.Sort, at);
    }

    /// <summary>Counts a failure unless there were enough of them or the payment is settled.</summary>
    private async ValueTask<bool> FailsYetAsync(ItemKey key, SimulatedMethod method, string kind, long amount, string currency, CancellationToken cancellationToken)
    {
        if (method is not { Behaviour: SimulatedBehaviour.Error, Number: > 0 })
            return false;
        Change[] changes =
        [
            Change.Add("failures", 1),
            Change.Set("kind", kind),
            Change.Set("amount", amount),
            Change.Set("currency", currency),
            Change.SetIfAbsent("first_at", time.GetUtcNow().ToUnixTimeMilliseconds()),
        ];
        var condition = Condition.All(Condition.Absent("outcome"), Condition.Any(Condition.Absent("failures"), Condition.Less("failures", method.Number)));
        return (await table.WriteAsync(Write.Update(key, changes, condition), cancellationToken)).Applied;
    }

    /// <summary>The payment as it is recorded: this one if its key is new, else the first one of the key.</summary>
    private async ValueTask<Settlement> RecordAsync(ItemKey key, Settlement settlement, CancellationToken cancellationToken)
    {
        var written = await table.WriteAsync(Write.Update(key, settlement.Changes(), Condition.Absent("outcome")), cancellationToken);
        if (written.Applied)
            return settlement;
        var item = await table.GetAsync(key, Consistency.Strong, cancellationToken);
        return (item is null ? null : Settlement.Read(item)) ?? throw new TableUnavailableException("A payment's record vanished between two reads.");
    }

    /// <summary>What became of a key, for good.</summary>
    private sealed record Settlement(string Kind, long Amount, string Currency, string Method, GatewayOutcome Outcome, DateTimeOffset EffectiveAt)
    {
        public Change[] Changes() =>
        [
            Change.Set("kind", Kind),
            Change.Set("amount", Amount),
            Change.Set("currency", Currency),
            Change.Set("method", Method),
            Change.Set("outcome", Outcome.ToString()),
            Change.Set("effective_at", EffectiveAt.ToUnixTimeMilliseconds()),
        ];

        /// <summary>Null while there are only failures.</summary>
        public static Settlement? Read(Item item) => item.Has("outcome")
            ? new Settlement(
                item["kind"].String,
                item["amount"].Number,
                item["currency"].String,
                item["method"].String,
                Enum.Parse<GatewayOutcome>(item["outcome"].String),
                DateTimeOffset.FromUnixTimeMilliseconds(item["effective_at"].Number))
            : null;
    }
}

/// <summary>A line of the simulated gateway's record.</summary>
/// <param name="Amount">Minor units.</param>
internal sealed record SimulatedPayment(string Reference, string Kind, long Amount, string Currency, string State, string IdempotencyKey, DateTimeOffset At);
