using System.Globalization;
using System.Text;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace Evently.Shared.Messaging.Sqs;

/// <summary>Between our messages and SQS's.</summary>
internal static class SqsMessages
{
    private const string Id = "evently.id";
    private const string Group = "evently.group";
    private const string TraceParent = "traceparent";

    /// <summary>SQS's bound on a batch, attributes included; its oldest value, which every region and emulator takes.</summary>
    private const int BatchBytes = 256 * 1024;

    /// <summary>What attributes add, generously.</summary>
    private const int AttributeBytes = 1_024;

    public static readonly List<string> SystemAttributes =
        [MessageSystemAttributeName.ApproximateReceiveCount, MessageSystemAttributeName.SentTimestamp];

    public static readonly List<string> Attributes = [Id, Group, TraceParent];

    /// <summary>Cuts messages into batches that SQS takes. The entries' ids are the messages' indexes.</summary>
    public static IEnumerable<List<SendMessageBatchRequestEntry>> Batches(IReadOnlyList<QueueMessage> messages, int delaySeconds = 0)
    {
        List<SendMessageBatchRequestEntry> batch = [];
        var bytes = 0;
        for (var i = 0; i < messages.Count; i++)
        {
            var entry = Entry(i, messages[i], delaySeconds);
            var size = Encoding.UTF8.GetByteCount(entry.MessageBody) + AttributeBytes;
            if (batch.Count == QueueLimits.BatchEntries || (batch.Count > 0 && bytes + size > BatchBytes))
            {
                yield return batch;
                batch = [];
                bytes = 0;
            }

            batch.Add(entry);
            bytes += size;
        }

        if (batch.Count > 0)
            yield return batch;
    }

    public static ReceivedMessage Read(Message message)
    {
        var attributes = message.MessageAttributes ?? [];
        return new ReceivedMessage(
            new QueueMessage(
                Text(attributes, Id) ?? message.MessageId,
                Text(attributes, Group) ?? "",
                message.Body,
                Text(attributes, TraceParent)),
            message.ReceiptHandle,
            int.Parse(message.Attributes[MessageSystemAttributeName.ApproximateReceiveCount], CultureInfo.InvariantCulture),
            DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(message.Attributes[MessageSystemAttributeName.SentTimestamp], CultureInfo.InvariantCulture)));
    }

    public static string? TraceParentOf(Dictionary<string, MessageAttributeValue>? attributes) => attributes is null ? null : Text(attributes, TraceParent);

    private static SendMessageBatchRequestEntry Entry(int index, QueueMessage message, int delaySeconds)
    {
        var entry = new SendMessageBatchRequestEntry(index.ToString(CultureInfo.InvariantCulture), Sendable(message.Body))
        {
            MessageAttributes = new Dictionary<string, MessageAttributeValue> { [Id] = Text(message.Id) },
        };
        if (delaySeconds > 0)
            entry.DelaySeconds = delaySeconds;
        if (message.Group.Length > 0)
        {
            // SQS takes turns between the groups of a standard queue; it does not give the group back on every endpoint.
            entry.MessageGroupId = message.Group;
            entry.MessageAttributes[Group] = Text(message.Group);
        }

        if (message.TraceParent is { Length: > 0 } traceParent)
            entry.MessageAttributes[TraceParent] = Text(traceParent);
        return entry;
    }

    /// <summary>SQS refuses two characters that JSON allows; inside of JSON they can be escaped.</summary>
    private static string Sendable(string json) => json.AsSpan().IndexOfAny('\uFFFE', '\uFFFF') < 0
        ? json
        : json.Replace("\uFFFE", "\\uFFFE", StringComparison.Ordinal).Replace("\uFFFF", "\\uFFFF", StringComparison.Ordinal);

    private static MessageAttributeValue Text(string value) => new() { DataType = "String", StringValue = value };

    private static string? Text(Dictionary<string, MessageAttributeValue> attributes, string name) => attributes.GetValueOrDefault(name)?.StringValue;
}
