using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Evently.Booking.Payments;

/// <summary>Spans around the gateway's calls and counts of their outcomes; never a label per user or booking.</summary>
internal sealed class PaymentTelemetry : IDisposable
{
    public const string SourceName = "Evently.Booking";

    private readonly ActivitySource _source = new(SourceName);
    private readonly Counter<long> _outcomes;

    public PaymentTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create(SourceName);
        _outcomes = meter.CreateCounter<long>("evently.payments", "{call}", "Calls of the payment gateway by operation and outcome.");
    }

    /// <summary>Calls the gateway with a bound on its time; no answer and every failure of the call itself are an unknown outcome.</summary>
    public async Task<GatewayAnswer> CallAsync(
        string operation, string reference, TimeSpan timeout, TimeProvider time, Func<CancellationToken, ValueTask<GatewayAnswer>> call, CancellationToken cancellationToken)
    {
        using var span = _source.StartActivity($"payment {operation}", ActivityKind.Client);
        span?.SetTag("evently.booking_id", reference);
        var answer = await AnswerOfAsync(timeout, time, call, cancellationToken);
        var outcome = Word(answer.Outcome);
        span?.SetTag("evently.payment.outcome", outcome);
        if (answer.Outcome is GatewayOutcome.Unknown or GatewayOutcome.Failed)
            span?.SetStatus(ActivityStatusCode.Error, answer.Detail);
        _outcomes.Add(1, new KeyValuePair<string, object?>("operation", operation), new KeyValuePair<string, object?>("outcome", outcome));
        return answer;
    }

    public void Dispose() => _source.Dispose();

    private static async Task<GatewayAnswer> AnswerOfAsync(
        TimeSpan timeout, TimeProvider time, Func<CancellationToken, ValueTask<GatewayAnswer>> call, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            return await call(either.Token);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new GatewayAnswer(GatewayOutcome.Unknown, $"no answer within {timeout.TotalSeconds:0} s");
        }
#pragma warning disable CA1031 // Whatever a gateway's client throws, the request may have arrived.
        catch (Exception failure) when (failure is not OperationCanceledException)
#pragma warning restore CA1031 // See above.
        {
            return new GatewayAnswer(GatewayOutcome.Unknown, failure.GetType().Name);
        }
    }

    private static string Word(GatewayOutcome outcome) => outcome switch
    {
        GatewayOutcome.Captured => "captured",
        GatewayOutcome.Declined => "declined",
        GatewayOutcome.Unknown => "unknown",
        GatewayOutcome.Failed => "failed",
        GatewayOutcome.NotFound => "not_found",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
    };
}
