using System.Text.Json.Nodes;

namespace Evently.Api.Cloud.Tests.Faults;

/// <summary>What SQS does to standard queues: messages twice and out of order, entries that fail, lost answers.</summary>
internal sealed class QueueFaults : AwsFaults
{
    private const int LongestDelaySeconds = 3;
    private readonly Fault[] _any;
    private readonly Fault[] _send;
    private readonly Fault[] _receive;
    private readonly Fault[] _entries;

    public QueueFaults()
    {
        _any =
        [
            Fault.Refusal("com.amazonaws.sqs#RequestThrottled"),
            Fault.Refusal("com.amazonaws.sqs#InternalFailure", 500),
            new("lost answer", LoseAnswerAsync),
            new("lost request", LoseRequestAsync),
        ];
        _send = [.. _any, new("failed entries", FailEntriesAsync), new("sent twice", SendTwiceAsync), new("delayed", DelayAsync)];
        _receive = [.. _any, new("reordered", ReorderAsync), new("reordered", ReorderAsync)];
        _entries = [.. _any, new("failed entries", FailEntriesAsync), new("failed entries", FailEntriesAsync)];
    }

    protected override IReadOnlyList<Fault> Of(string operation) => operation switch
    {
        "SendMessageBatch" => _send,
        "ReceiveMessage" => _receive,
        "DeleteMessageBatch" or "ChangeMessageVisibilityBatch" => _entries,
        "GetQueueAttributes" => _any,
        _ => [],
    };

    private async Task<AwsAnswer?> FailEntriesAsync(AwsCall call, Func<AwsCall, Task<AwsAnswer>> forward)
    {
        var asked = call.Json();
        var entries = asked["Entries"]!.AsArray();
        var failed = new JsonArray();
        for (var fail = 1 + Next(entries.Count); fail > 0; fail--)
        {
            var id = entries[^1]!["Id"]!.GetValue<string>();
            entries.RemoveAt(entries.Count - 1);
            failed.Add((JsonNode)new JsonObject { ["Id"] = id, ["SenderFault"] = false, ["Code"] = "InternalError", ["Message"] = "Injected." });
        }

        var told = new JsonObject { ["Successful"] = new JsonArray() };
        if (entries.Count > 0)
        {
            var answer = await forward(call.With(asked));
            if (!answer.IsSuccess)
                return answer;
            told = answer.Json();
        }

        foreach (var one in told["Failed"]?.AsArray() ?? [])
            failed.Add(one!.DeepClone());
        told["Failed"] = failed;
        return new AwsAnswer(200, call.ContentType, []).With(told);
    }

    private static async Task<AwsAnswer?> SendTwiceAsync(AwsCall call, Func<AwsCall, Task<AwsAnswer>> forward)
    {
        await forward(call);
        return await forward(call);
    }

    /// <summary>Messages that were sent later come earlier.</summary>
    private async Task<AwsAnswer?> DelayAsync(AwsCall call, Func<AwsCall, Task<AwsAnswer>> forward)
    {
        var asked = call.Json();
        foreach (var entry in asked["Entries"]!.AsArray())
            entry!["DelaySeconds"] = Next(LongestDelaySeconds + 1);
        return await forward(call.With(asked));
    }

    private async Task<AwsAnswer?> ReorderAsync(AwsCall call, Func<AwsCall, Task<AwsAnswer>> forward)
    {
        var answer = await forward(call);
        if (!answer.IsSuccess || answer.Json()["Messages"] is not JsonArray { Count: > 1 })
            return answer;
        var told = answer.Json();
        var messages = told["Messages"]!.AsArray().Select(message => message!.DeepClone()).ToArray();
        Shuffle(messages);
        told["Messages"] = new JsonArray(messages);
        return answer.With(told);
    }
}
