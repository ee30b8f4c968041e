using System.Text.Json;
using System.Text.RegularExpressions;
using Amazon.DynamoDBv2;
using Evently.Architecture.Tests;
using Evently.Shared.Configuration;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Messaging.Sqs;
using Evently.Shared.Storage;
using Evently.Shared.Storage.DynamoDb;
using Evently.Shared.Tests.Messaging.Queues;
using Evently.Shared.Tests.Storage.DynamoDb;
using Evently.Shared.Tests.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace Evently.Shared.Tests.Deployment;

/// <summary>
/// The policies of the CloudFormation template, action by resource, against what the engines call when each of their methods is called: no call without its
/// grant, and no grant that nothing uses.
/// </summary>
public sealed partial class PolicyTests : IDisposable
{
    private const string Table = "the table";
    private const string Index = "the index";
    private const string Queue = "a queue";
    private const string Dead = "dead letters";
    private const string Found = """{"QueueUrl":"http://scripted.invalid/000000000000/""";
    private readonly ScriptedSqs _sqs = new();
    private readonly ScriptedDynamoDb _dynamo = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static StartPatience Patience => new(TimeProvider.System, NullLogger<StartPatience>.Instance);

    public void Dispose()
    {
        _sqs.Dispose();
        _dynamo.Dispose();
    }

    [Fact]
    public async Task The_instances_policy_grants_on_queues_what_is_called_and_nothing_else()
    {
        using var client = _sqs.Client();
        var left = 1;
        _sqs.On("GetQueueUrl", request => $"{Found}{request.GetProperty("QueueName").GetString()}\" }}")
            .On("GetQueueAttributes", _ => """{"Attributes":{"QueueArn":"arn","RedrivePolicy":"{\"deadLetterTargetArn\":\"arn\",\"maxReceiveCount\":20}","ApproximateNumberOfMessages":"1","ApproximateNumberOfMessagesNotVisible":"0","ApproximateNumberOfMessagesDelayed":"0"}}""")
            .On("ReceiveMessage", request => ScriptedSqs.Received(IsDead(request) && left-- <= 0 ? 0 : 1))
            .On("SendMessageBatch", ScriptedSqs.Sent)
            .On("DeleteMessageBatch", _ => """{"Successful":[{"Id":"0"}],"Failed":[]}""")
            .On("ChangeMessageVisibilityBatch", _ => """{"Successful":[{"Id":"0"}],"Failed":[]}""")
            .On("StartMessageMoveTask", _ => """{"TaskHandle":"task"}""");
        var queue = await new SqsTransport(client, createQueues: false, Patience, TimeProvider.System, NullLogger<SqsQueue>.Instance).OpenAsync("evently-test", Cancellation);

        var message = new QueueMessage("1", "", "{}", null);
        var received = new ReceivedMessage(message, "r", 1, DateTimeOffset.UnixEpoch);
        await queue.SendAsync([message], Cancellation);
        await queue.ReceiveAsync(1, TimeSpan.Zero, TimeSpan.FromSeconds(30), Cancellation);
        await queue.ChangeVisibilityAsync([received], TimeSpan.Zero, Cancellation);
        await queue.DeferAsync([received], TimeSpan.FromSeconds(1), Cancellation);
        await queue.BuryAsync([received], Cancellation);
        await queue.DeleteAsync([received], Cancellation);
        await queue.FiguresAsync(Cancellation);
        await queue.RedriveAsync(10, Cancellation);
        _sqs.Refuse("StartMessageMoveTask", "UnsupportedOperation");
        await queue.RedriveAsync(10, Cancellation);

        Assert.Equal(_sqs.Requests.SelectMany(request => OfSqs(request.Operation, request.Body)).Distinct().Order(), GrantedBy("InstancePolicy", "sqs"));
    }

    [Fact]
    public async Task The_setup_policy_grants_on_queues_what_making_them_calls_beside()
    {
        using var client = _sqs.Client();
        _sqs.Refuse("GetQueueUrl", "QueueDoesNotExist")
            .On("CreateQueue", request => $"{Found}{request.GetProperty("QueueName").GetString()}\" }}")
            .On("GetQueueAttributes", _ => """{"Attributes":{"QueueArn":"arn"}}""")
            .On("SetQueueAttributes", _ => "{}");
        await new SqsTransport(client, createQueues: true, Patience, TimeProvider.System, NullLogger<SqsQueue>.Instance).OpenAsync("evently-test", Cancellation);

        var called = _sqs.Requests.SelectMany(request => OfSqs(request.Operation, request.Body)).Distinct();
        Assert.Equal(called.Except(GrantedBy("InstancePolicy", "sqs")).Order(), GrantedBy("SetupPolicy", "sqs"));
    }

    [Fact]
    public async Task The_instances_policy_grants_on_the_table_what_is_called_and_nothing_else()
    {
        using var client = _dynamo.Client();
        _dynamo.Otherwise = () => ScriptedDynamoDb.Ok(Description)();
        await SetUp(client, mayCreate: false).PrepareAsync(Cancellation);

        _dynamo.Otherwise = ScriptedDynamoDb.Ok("""{"Items":[],"Responses":{},"UnprocessedKeys":{},"UnprocessedItems":{}}""");
        var engine = new DynamoDbTableEngine(client, "Evently-Test", TimeProvider.System, new IdGenerator(TimeProvider.System), TelemetryProbe.NobodysMetrics());
        ItemKey key = new("p", "s"), second = new("p", "t"), third = new("p", "u"), fourth = new("p", "v");
        await engine.GetAsync(key, Consistency.Strong, Cancellation);
        await engine.GetManyAsync([key, second], Consistency.Strong, Cancellation);
        await engine.QueryAsync(new Query("p", SortRange.All, Consistency.Strong, 10), Cancellation);
        await engine.QueryIndexAsync(new IndexQuery("x", SortRange.All, 10), Cancellation);
        var put = Write.Put(key, new Dictionary<string, Value>(), Condition.Always);
        var update = Write.Update(second, [Change.Set("a", 1)], Condition.Always);
        var delete = Write.Delete(third, Condition.Always);
        foreach (var write in (Write[])[put, update, delete])
            await engine.WriteAsync(write, Cancellation);
        await engine.TransactAsync([put, update, delete, Write.Check(fourth, Condition.ItemAbsent)], Cancellation);
        await engine.WriteManyAsync([put, delete], Cancellation);
        await engine.PingAsync(Cancellation);

        Assert.Equal(CalledOfDynamo().Order(), GrantedBy("InstancePolicy", "dynamodb"));
    }

    [Fact]
    public async Task The_setup_policy_grants_on_the_table_what_making_it_calls_beside()
    {
        using var client = _dynamo.Client();
        _dynamo.Then(ScriptedDynamoDb.Error("ResourceNotFoundException"), ScriptedDynamoDb.Ok(), ScriptedDynamoDb.Ok(Description), ScriptedDynamoDb.Ok("""{"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}}"""), ScriptedDynamoDb.Ok());
        await SetUp(client, mayCreate: true).PrepareAsync(Cancellation);

        Assert.Equal(CalledOfDynamo().Except(GrantedBy("InstancePolicy", "dynamodb")).Order(), GrantedBy("SetupPolicy", "dynamodb"));
    }

    /// <summary>The answer to both looks at a table that is as it should be.</summary>
    private static string Description =>
        """
        {"Table":{"TableStatus":"ACTIVE","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
        "GlobalSecondaryIndexes":[{"IndexName":"xpk-xsk-index","KeySchema":[{"AttributeName":"xpk","KeyType":"HASH"},{"AttributeName":"xsk","KeyType":"RANGE"}]}]},
        "TimeToLiveDescription":{"TimeToLiveStatus":"ENABLED","AttributeName":"ttl"}}
        """;

    private static DynamoDbTableSetup SetUp(IAmazonDynamoDB client, bool mayCreate) =>
        new(client, "Evently-Test", mayCreate, Patience, TimeProvider.System, NullLogger<DynamoDbTableSetup>.Instance);

    private static bool IsDead(JsonElement request) => request.GetProperty("QueueUrl").GetString()!.EndsWith("-dead", StringComparison.Ordinal);

    /// <summary>SQS has no actions for batches; moving is receiving, deleting and sending.</summary>
    private static IEnumerable<string> OfSqs(string operation, JsonElement body)
    {
        if (operation == "StartMessageMoveTask")
            return [.. new[] { operation, "ReceiveMessage", "DeleteMessage", "GetQueueAttributes" }.Select(action => $"{action} on {Dead}"), $"SendMessage on {Queue}"];
        var name = body.TryGetProperty("QueueUrl", out var url) ? url.GetString()! : body.GetProperty("QueueName").GetString()!;
        var action = operation.EndsWith("Batch", StringComparison.Ordinal) ? operation[..^"Batch".Length] : operation;
        return [$"{action} on {(name.EndsWith("-dead", StringComparison.Ordinal) ? Dead : Queue)}"];
    }

    private HashSet<string> CalledOfDynamo()
    {
        var called = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (operation, body) in _dynamo.Operations.Zip(_dynamo.Requests))
        {
            // A transaction is allowed by what it consists of.
            if (operation == "TransactWriteItems")
                called.UnionWith(body.GetProperty("TransactItems").EnumerateArray().Select(item => item.EnumerateObject().Single().Name).Select(kind => $"{(kind == "ConditionCheck" ? "ConditionCheckItem" : kind + "Item")} on {Table}"));
            else
                called.Add($"{operation} on {(body.TryGetProperty("IndexName", out _) ? Index : Table)}");
        }

        return called;
    }

    private static IEnumerable<string> GrantedBy(string policy, string service)
    {
        var lines = File.ReadLines(Repository.File("deploy/aws/cloudformation.yaml")).SkipWhile(line => line != $"  {policy}:").Skip(1).TakeWhile(line => line.Length == 0 || line.StartsWith("   ", StringComparison.Ordinal));
        var (granted, resource) = (new List<string>(), "");
        foreach (var line in lines)
        {
            if (Sid().Match(line) is { Success: true } sid)
                resource = ResourceOf(sid.Groups[1].Value);
            if (Action().Match(line) is { Success: true } action && action.Groups[1].Value == service)
                granted.Add($"{action.Groups[2].Value} on {resource}");
        }

        Assert.NotEmpty(granted);
        return granted.Order();
    }

    private static string ResourceOf(string statement) => statement switch
    {
        "Table" or "TableSetup" => Table,
        "Index" => Index,
        "Queues" or "QueueSetup" => Queue,
        "DeadLetters" or "DeadLetterSetup" => Dead,
        _ => throw new InvalidOperationException($"A statement that this test doesn't know: {statement}."),
    };

    [GeneratedRegex(@"^\s+- Sid: (\w+)\s*$")]
    private static partial Regex Sid();

    [GeneratedRegex(@"^\s+- (dynamodb|sqs):(\w+)\s*$")]
    private static partial Regex Action();
}
