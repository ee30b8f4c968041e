using System.Diagnostics;
using Evently.Shared.Configuration;
using Evently.Shared.Messaging;
using Evently.Shared.Messaging.Sqs;
using Evently.Shared.Telemetry.Aws;
using Evently.Shared.Tests.Emulators;
using Microsoft.Extensions.Logging.Abstractions;

namespace Evently.Shared.Tests.Telemetry;

[Collection(FauxSqs.Collection)]
public sealed class QueueSpanTests(FauxSqs sqs) : IDisposable
{
    private const string Name = "observed";
    private static readonly TimeSpan Visibility = TimeSpan.FromSeconds(30);
    private readonly TelemetryProbe _probe = new();

    public void Dispose() => _probe.Dispose();

    [Fact]
    public async Task Send_receive_and_delete_belong_to_the_trace_of_the_first_message_and_are_linked_with_the_others()
    {
        using var client = Client();
        var queue = await OpenAsync(client);
        var (first, second) = (Context(), Context());

        await queue.SendAsync([Message("1", first), Message("2", second)], TestContext.Current.CancellationToken);
        var received = await ReceiveAsync(queue, 2);
        await queue.DeleteAsync(received, TestContext.Current.CancellationToken);

        Assert.Equal(["send observed", "receive observed", "delete observed"], _probe.Spans.Select(span => span.DisplayName));
        Assert.Equal(["send", "receive", "settle"], _probe.Spans.Select(span => span.GetTagItem("messaging.operation.type")));
        Assert.All(_probe.Spans, span =>
        {
            ActivityContext[] both = [first, second];
            Assert.Contains(both, context => context.TraceId == span.TraceId && context.SpanId == span.ParentSpanId);
            Assert.Equal(both.Single(context => context.TraceId != span.TraceId).SpanId, Assert.Single(span.Links).Context.SpanId);
            Assert.Equal(ActivityKind.Client, span.Kind);
            Assert.Equal("aws_sqs", span.GetTagItem("messaging.system"));
            Assert.Equal(Name, span.GetTagItem("messaging.destination.name"));
            Assert.Equal(2, span.GetTagItem("messaging.batch.message_count"));
            Assert.EndsWith("/" + Name, Assert.IsType<string>(span.GetTagItem("aws.sqs.queue.url")), StringComparison.Ordinal);
            Assert.NotNull(span.GetTagItem("aws.request_id"));
        });
    }

    [Fact]
    public async Task Polls_without_a_message_and_messages_without_a_trace_make_no_span_and_are_measured()
    {
        using var client = Client();
        var queue = await OpenAsync(client);
        await queue.ReceiveAsync(10, TimeSpan.FromSeconds(1), Visibility, TestContext.Current.CancellationToken);
        await queue.SendAsync([new QueueMessage("1", "", "{}", TraceParent: null)], TestContext.Current.CancellationToken);
        await queue.DeleteAsync(await ReceiveAsync(queue, 1), TestContext.Current.CancellationToken);

        Assert.Empty(_probe.Spans);
        var measured = _probe.Of("messaging.client.operation.duration").Where(measurement => measurement.Tags.GetValueOrDefault("messaging.destination.name") is Name);
        Assert.Superset(new HashSet<object?> { "send", "receive", "delete" }, measured.Select(measurement => measurement.Tags["messaging.operation.name"]).ToHashSet());
    }

    private static QueueMessage Message(string id, ActivityContext trace) => new(id, "", "{}", $"00-{trace.TraceId}-{trace.SpanId}-01");

    private static ActivityContext Context() => new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);

    private static async Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(IQueue queue, int messages)
    {
        var received = await queue.ReceiveAsync(10, TimeSpan.FromSeconds(5), Visibility, TestContext.Current.CancellationToken);
        Assert.Equal(messages, received.Count);
        return received;
    }

    private ObservedSqsClient Client()
    {
        sqs.SkipIfMissing();
        return new ObservedSqsClient(sqs.Config(), _probe.Aws);
    }

    private static ValueTask<IQueue> OpenAsync(ObservedSqsClient client) =>
        new SqsTransport(client, createQueues: true, new StartPatience(TimeProvider.System, NullLogger<StartPatience>.Instance), TimeProvider.System, NullLogger<SqsQueue>.Instance).OpenAsync(Name, TestContext.Current.CancellationToken);
}
