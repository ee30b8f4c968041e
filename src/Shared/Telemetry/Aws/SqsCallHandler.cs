using System.Diagnostics;
using Amazon.Runtime;
using Amazon.SQS.Model;

namespace Evently.Shared.Telemetry.Aws;

/// <summary>
/// Spans and durations of SQS's calls. Relay and pump work for many traces at once and in none: a call that carries messages belongs to the trace of the
/// first one and is linked with the others'; one without messages makes no span.
/// </summary>
internal sealed class SqsCallHandler(AwsTelemetry telemetry) : AwsCallHandler(telemetry)
{
    private const string System = "aws_sqs";

    protected override bool IsMeasured => Telemetry.QueueDuration.Enabled;

    protected override Activity? Start(string operation, AmazonWebServiceRequest request) => SqsCall.Of(request) switch
    {
        // What it received, and so whose it is, is known afterwards.
        { Type: SqsCall.Receive } => null,
        { } call => Start(call, startedAt: default),
        null => AwsTelemetry.Current is null ? null : Telemetry.Source.StartActivity($"SQS.{operation}", ActivityKind.Client),
    };

    protected override void Answered(Activity? span, IRequestContext context, AmazonWebServiceResponse response, DateTimeOffset started)
    {
        if (response is SendMessageBatchResponse { Failed.Count: > 0 } sent)
            span?.SetTag("evently.messages.failed", sent.Failed.Count).SetTag("error.type", sent.Failed[0].Code).SetStatus(ActivityStatusCode.Error);
        if (response is not ReceiveMessageResponse { Messages.Count: > 0 } received || SqsCall.Of(context.OriginalRequest, received) is not { } call)
            return;

        // A poll waits for a message to come: until it was sent, that is no part of its trace.
        using var receive = Start(call, received.Messages.Max(SqsCall.SentAt) is { } sentAt && sentAt > started ? Earlier(sentAt) : started);
        if (receive is not null)
            Describe(receive, context, response.ResponseMetadata?.RequestId);
    }

    protected override void Refused(Activity span, string? code)
    {
        // The conventions have no place for it beside error.type.
    }

    protected override void Measure(double seconds, string operation, AmazonWebServiceRequest request, string? errorType)
    {
        var call = SqsCall.Of(request);
        var tags = new TagList { { "messaging.system", System }, { "messaging.operation.name", call?.Name ?? operation } };
        if (call is { } known)
        {
            tags.Add("messaging.operation.type", known.Type);
            tags.Add("messaging.destination.name", known.Queue);
        }

        if (errorType is not null)
            tags.Add("error.type", errorType);
        Telemetry.QueueDuration.Record(seconds, tags);
    }

    /// <summary>SQS's clock may be ahead of this machine's.</summary>
    private DateTimeOffset Earlier(DateTimeOffset sentAt) => Telemetry.Time.GetUtcNow() is var now && now < sentAt ? now : sentAt;

    private Activity? Start(SqsCall call, DateTimeOffset startedAt)
    {
        var traces = call.Traces();
        var parent = AwsTelemetry.Current?.Context ?? traces.FirstOrDefault();
        if (parent == default)
            return null;
        var (operation, queue) = (call.Name, call.Queue);
        var links = traces.Where(trace => trace.TraceId != parent.TraceId).Select(trace => new ActivityLink(trace)).ToList();
        var span = Telemetry.Source.StartActivity($"{operation} {queue}", ActivityKind.Client, parent, tags: null, links, startedAt);
        return span?
            .SetTag("messaging.system", System)
            .SetTag("messaging.operation.name", operation)
            .SetTag("messaging.operation.type", call.Type)
            .SetTag("messaging.destination.name", queue)
            .SetTag("messaging.batch.message_count", call.Messages)
            .SetTag("aws.sqs.queue.url", call.Url);
    }
}
