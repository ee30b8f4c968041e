using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Evently.Api.Cloud.Tests.Faults;

/// <summary>What DynamoDB does under load: conflicts, throttling, lost answers, batches done in part.</summary>
internal sealed class TableFaults : AwsFaults
{
    private const string Model = "com.amazonaws.dynamodb.v20120810#";
    private readonly ConcurrentDictionary<string, int> _attempts = new(StringComparer.Ordinal);
    private readonly Fault[] _any;
    private readonly Fault[] _write;
    private readonly Fault[] _transaction;
    private readonly Fault[] _batchGet;
    private readonly Fault[] _batchWrite;

    public TableFaults()
    {
        _any =
        [
            Fault.Refusal(Model + "ProvisionedThroughputExceededException"),
            Fault.Refusal(Model + "ThrottlingException"),
            Fault.Refusal(Model + "InternalServerError", 500),
            new("lost answer", LoseAnswerAsync),
            new("lost request", LoseRequestAsync),
        ];
        _write = [.. _any, Fault.Refusal(Model + "TransactionConflictException")];
        _transaction =
        [
            .. _any,
            Fault.Refusal(Model + "TransactionInProgressException"),
            Fault.Refusal(Model + "TransactionCanceledException", more: (call, body) => Cancel(call, body, "TransactionConflict")),
            Fault.Refusal(Model + "TransactionCanceledException", more: (call, body) => Cancel(call, body, "ThrottlingError")),
        ];
        _batchGet = [.. _any, new("keys left", LeaveAsync("Keys", "UnprocessedKeys")), new("keys left", LeaveAsync("Keys", "UnprocessedKeys"))];
        _batchWrite = [.. _any, new("items left", LeaveAsync(null, "UnprocessedItems")), new("items left", LeaveAsync(null, "UnprocessedItems"))];
    }

    /// <summary>Attempts of each transaction, by its token.</summary>
    public IReadOnlyDictionary<string, int> Attempts => _attempts;

    public override void CountAnew()
    {
        base.CountAnew();
        _attempts.Clear();
    }

    protected override IReadOnlyList<Fault> Of(string operation) => operation switch
    {
        "GetItem" or "Query" => _any,
        "PutItem" or "UpdateItem" or "DeleteItem" => _write,
        "TransactWriteItems" => _transaction,
        "BatchGetItem" => _batchGet,
        "BatchWriteItem" => _batchWrite,
        _ => [],
    };

    protected override void Seen(AwsCall call)
    {
        if (call.Operation == "TransactWriteItems")
            _attempts.AddOrUpdate(call.Json()["ClientRequestToken"]!.GetValue<string>(), 1, (_, attempts) => attempts + 1);
    }

    /// <summary>One of the writes met something, the others would have been fine.</summary>
    private void Cancel(AwsCall call, JsonObject body, string code)
    {
        var writes = call.Json()["TransactItems"]!.AsArray().Count;
        var met = Next(writes);
        body["CancellationReasons"] = new JsonArray([.. Enumerable.Range(0, writes).Select(write => (JsonNode)new JsonObject { ["Code"] = write == met ? code : "None" })]);
    }

    /// <summary>Does a part, at least one, of a batch and answers with the rest.</summary>
    private Func<AwsCall, Func<AwsCall, Task<AwsAnswer>>, Task<AwsAnswer?>> LeaveAsync(string? listName, string restName) => async (call, forward) =>
    {
        var asked = call.Json();
        var (table, request) = asked["RequestItems"]!.AsObject().Single();
        var list = (listName is null ? request : request![listName])!.AsArray();
        var rest = new List<JsonNode>();
        for (var leave = Next(list.Count); leave > 0; leave--)
        {
            var one = list[^1]!;
            list.RemoveAt(list.Count - 1);
            rest.Add(one);
        }

        var answer = await forward(call.With(asked));
        if (!answer.IsSuccess || rest.Count == 0)
            return answer;
        var told = answer.Json();
        var left = new JsonArray([.. rest]);
        told[restName] = new JsonObject { [table] = listName is null ? left : Rest(request!.AsObject(), listName, left) };
        return answer.With(told);
    };

    private static JsonObject Rest(JsonObject request, string listName, JsonArray left)
    {
        var rest = request.DeepClone().AsObject();
        rest[listName] = left;
        return rest;
    }
}
