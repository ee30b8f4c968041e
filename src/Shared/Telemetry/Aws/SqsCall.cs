using System.Diagnostics;
using System.Globalization;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.SQS;
using Amazon.SQS.Model;
using Evently.Shared.Messaging;
using Evently.Shared.Messaging.Sqs;

namespace Evently.Shared.Telemetry.Aws;

/// <summary>A call of SQS that is about messages, in the words of the messaging conventions.</summary>
internal readonly record struct SqsCall(string Name, string Type, string Url, int Messages, IEnumerable<string?> TraceParents)
{
    public const string Receive = "receive";
    private const string Send = "send";
    private const string Settle = "settle";
    private const string Settled = "evently.settled";

    public string Queue => Url[(Url.LastIndexOf('/') + 1)..];

    /// <returns>Null for calls about queues.</returns>
    public static SqsCall? Of(AmazonWebServiceRequest request) => request switch
    {
        SendMessageBatchRequest send => new(Send, Send, send.QueueUrl, send.Entries.Count, send.Entries.Select(entry => SqsMessages.TraceParentOf(entry.MessageAttributes))),
        ReceiveMessageRequest receive => new(Receive, Receive, receive.QueueUrl, 0, []),
        DeleteMessageBatchRequest delete => new("delete", Settle, delete.QueueUrl, delete.Entries.Count, SettledBy(delete)),
        ChangeMessageVisibilityBatchRequest change => new("change_visibility", Settle, change.QueueUrl, change.Entries.Count, SettledBy(change)),
        _ => null,
    };

    public static SqsCall? Of(AmazonWebServiceRequest request, ReceiveMessageResponse response) => Of(request) is { } call
        ? call with { Messages = response.Messages.Count, TraceParents = response.Messages.Select(message => SqsMessages.TraceParentOf(message.MessageAttributes)) }
        : null;

    /// <summary>Tells what a request is about that names only receipts.</summary>
    public static TRequest About<TRequest>(TRequest request, IReadOnlyList<ReceivedMessage> messages)
        where TRequest : AmazonSQSRequest
    {
        ((IAmazonWebServiceRequest)request).RequestState[Settled] = messages;
        return request;
    }

    public static DateTimeOffset? SentAt(Message message) =>
        message.Attributes?.GetValueOrDefault(MessageSystemAttributeName.SentTimestamp) is { } sent
            ? DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(sent, CultureInfo.InvariantCulture))
            : null;

    /// <summary>The sampled traces of its messages, each once.</summary>
    public List<ActivityContext> Traces()
    {
        List<ActivityContext> traces = [];
        foreach (var traceParent in TraceParents)
        {
            if (ActivityContext.TryParse(traceParent, traceState: null, isRemote: true, out var trace)
                && trace.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
                && !traces.Exists(known => known.TraceId == trace.TraceId))
                traces.Add(trace);
        }

        return traces;
    }

    private static IEnumerable<string?> SettledBy(IAmazonWebServiceRequest request) =>
        request.RequestState.GetValueOrDefault(Settled) is IReadOnlyList<ReceivedMessage> messages ? messages.Select(message => message.Message.TraceParent) : [];
}
