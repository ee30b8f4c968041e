using System.Collections.Concurrent;
using System.Net;
using Amazon.DynamoDBv2;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Evently.Shared.Storage.DynamoDb;
using Evently.Shared.Tests.Telemetry;
using Microsoft.Extensions.Time.Testing;
using static Evently.Shared.Tests.Storage.DynamoDb.ScriptedDynamoDb;

namespace Evently.Shared.Tests.Storage.DynamoDb;

public sealed class DynamoDbFaultTests : IDisposable
{
    private const string AliceItem = """{"pk":{"S":"p"},"sk":{"S":"s"},"owner":{"S":"alice"}}""";
    private static readonly ItemKey Key = new("p", "s");
    private static readonly ItemKey Other = new("p", "t");
    private readonly PauseTime _time = new();
    private readonly ScriptedDynamoDb _service = new();
    private readonly AmazonDynamoDBClient _client;
    private readonly DynamoDbTableEngine _engine;

    public DynamoDbFaultTests()
    {
        _client = _service.Client();
        _engine = new DynamoDbTableEngine(_client, "Evently-Test", _time, new IdGenerator(_time), TelemetryProbe.NobodysMetrics());
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Write Take => Write.Update(Key, [Change.Set("owner", "bob")], Condition.Absent("owner"));

    private static Write Count => Write.Update(Other, [Change.Add("n", 1)], Condition.ItemExists);

    public void Dispose()
    {
        _client.Dispose();
        _service.Dispose();
    }

    [Fact]
    public async Task A_transaction_that_meets_others_is_repeated_with_the_same_token_until_it_is_applied()
    {
        _service.Then(
            Cancelled("None", "TransactionConflict"),
            Cancelled("ThrottlingError", "None"),
            Error("TransactionInProgressException"),
            Error("ProvisionedThroughputExceededException"),
            Ok());
        Assert.True((await RunAsync(_engine.TransactAsync([Take, Count], Cancellation))).Applied);

        Assert.Equal(5, _service.Requests.Count);
        Assert.Single(_service.Requests.Select(request => request.GetProperty("ClientRequestToken").GetString()).Distinct());
    }

    [Fact]
    public async Task A_lost_answer_of_a_transaction_is_asked_for_again_with_the_same_token()
    {
        _service.Then(LostAnswer(), Error("InternalServerError", status: HttpStatusCode.InternalServerError), Ok());
        Assert.True((await RunAsync(_engine.TransactAsync([Take], Cancellation))).Applied);
        Assert.Single(_service.Requests.Select(request => request.GetProperty("ClientRequestToken").GetString()).Distinct());
    }

    [Fact]
    public async Task Two_transactions_never_share_a_token()
    {
        _service.Otherwise = Ok();
        await RunAsync(_engine.TransactAsync([Take], Cancellation));
        await RunAsync(_engine.TransactAsync([Take], Cancellation));
        Assert.Equal(2, _service.Requests.Select(request => request.GetProperty("ClientRequestToken").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task A_failed_condition_is_final_even_beside_a_conflict_and_shows_the_item()
    {
        _service.Then(Cancelled($"ConditionalCheckFailed:{AliceItem}", "TransactionConflict"));
        var result = await RunAsync(_engine.TransactAsync([Take, Count], Cancellation));

        Assert.False(result.Applied);
        Assert.Equal([0], result.Refused);
        Assert.Equal("alice", Assert.Single(result.RefusedItems)!["owner"]);
        Assert.Single(_service.Requests);
    }

    [Fact]
    public async Task A_failed_condition_without_its_item_is_a_refusal_too()
    {
        _service.Then(Cancelled("None", "None", "ConditionalCheckFailed"));
        var result = await RunAsync(_engine.TransactAsync([Count, Write.Delete(new("p", "u"), Condition.Always), Take], Cancellation));
        Assert.Equal([2], result.Refused);
        Assert.Null(Assert.Single(result.RefusedItems));
    }

    [Fact]
    public async Task Conflicts_end_with_the_retry_budget_and_the_write_is_known_not_to_be_applied()
    {
        _service.Otherwise = Cancelled("TransactionConflict");
        await Assert.ThrowsAsync<TableThrottledException>(() => RunAsync(_engine.TransactAsync([Take], Cancellation)));
        Assert.InRange(_service.Requests.Count, 2, RetryBudget.MostAttempts);
    }

    [Fact]
    public async Task Lost_answers_to_the_end_leave_the_outcome_unknown()
    {
        _service.Otherwise = LostAnswer();
        await Assert.ThrowsAsync<WriteOutcomeUnknownException>(() => RunAsync(_engine.TransactAsync([Take], Cancellation)));
        Assert.InRange(_service.Requests.Count, 2, RetryBudget.MostAttempts);
    }

    [Fact]
    public async Task A_transaction_that_timed_out_is_repeated_once_though_its_time_is_up()
    {
        _service.Then(After(RetryBudget.LongestTotal * 2, LostAnswer()), Ok());
        Assert.True((await RunAsync(_engine.TransactAsync([Take], Cancellation))).Applied);

        _service.Otherwise = After(RetryBudget.LongestTotal * 2, LostAnswer());
        await Assert.ThrowsAsync<WriteOutcomeUnknownException>(() => RunAsync(_engine.TransactAsync([Take], Cancellation)));
        Assert.Equal(4, _service.Requests.Count);

        Func<HttpResponseMessage> After(TimeSpan time, Func<HttpResponseMessage> answer) => () =>
        {
            _time.Advance(time);
            return answer();
        };
    }

    [Fact]
    public async Task Throttling_after_a_lost_answer_does_not_make_the_outcome_known()
    {
        _service.Then(LostAnswer()).Otherwise = Error("ThrottlingException");
        await Assert.ThrowsAsync<WriteOutcomeUnknownException>(() => RunAsync(_engine.TransactAsync([Take], Cancellation)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_single_write_without_an_answer_is_never_repeated(bool isServerError)
    {
        _service.Then(isServerError ? Error("InternalServerError", status: HttpStatusCode.InternalServerError) : LostAnswer());
        await Assert.ThrowsAsync<WriteOutcomeUnknownException>(() => RunAsync(_engine.WriteAsync(Take, Cancellation)));
        Assert.Single(_service.Requests);
    }

    [Fact]
    public async Task A_put_without_an_answer_was_applied_when_its_item_is_there()
    {
        var put = Write.Put(Key, new Dictionary<string, Value> { ["owner"] = "alice" }, Condition.ItemAbsent);
        _service.Then(LostAnswer(), Ok($$"""{"Item":{{AliceItem}}}"""));
        var result = await RunAsync(_engine.WriteAsync(put, Cancellation));
        Assert.True(result.Applied);
        Assert.Equal("alice", result.Item!["owner"]);
        Assert.Equal(["PutItem", "GetItem"], _service.Operations);
        Assert.True(_service.Requests[1].GetProperty("ConsistentRead").GetBoolean());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"Item":{"pk":{"S":"p"},"sk":{"S":"s"},"owner":{"S":"bob"}}}""")]
    [InlineData("""{"Item":{"pk":{"S":"p"},"sk":{"S":"s"},"owner":{"S":"alice"},"n":{"N":"1"}}}""")]
    public async Task A_put_without_an_answer_stays_unknown_when_another_item_or_none_is_there(string found)
    {
        var put = Write.Put(Key, new Dictionary<string, Value> { ["owner"] = "alice" }, Condition.ItemAbsent);
        _service.Then(LostAnswer(), Ok(found));
        await Assert.ThrowsAsync<WriteOutcomeUnknownException>(() => RunAsync(_engine.WriteAsync(put, Cancellation)));
        Assert.Equal(2, _service.Requests.Count);
    }

    [Fact]
    public async Task A_put_without_an_answer_stays_unknown_when_its_item_can_t_be_looked_at()
    {
        _service.Then(LostAnswer()).Otherwise = Unreachable();
        await Assert.ThrowsAsync<WriteOutcomeUnknownException>(() => RunAsync(_engine.WriteAsync(Write.Put(Key, new Dictionary<string, Value>(), Condition.ItemAbsent), Cancellation)));
    }

    [Fact]
    public async Task A_single_write_that_was_not_applied_is_repeated()
    {
        _service.Then(Unreachable(), Error("TransactionConflictException"), Error("ThrottlingException"), Ok($$"""{"Attributes":{{AliceItem}}}"""));
        var result = await RunAsync(_engine.WriteAsync(Take, Cancellation));
        Assert.True(result.Applied);
        Assert.Equal("alice", result.Item!["owner"]);
        Assert.Equal(4, _service.Requests.Count);
    }

    [Fact]
    public async Task A_refused_single_write_shows_the_item_where_the_service_sends_it()
    {
        _service.Then(Error("ConditionalCheckFailedException", $""","Item":{AliceItem}"""), Error("ConditionalCheckFailedException"));
        Assert.Equal("alice", (await RunAsync(_engine.WriteAsync(Take, Cancellation))).Item!["owner"]);
        Assert.Equal("ALL_OLD", _service.Requests[0].GetProperty("ReturnValuesOnConditionCheckFailure").GetString());
        Assert.True(await RunAsync(_engine.WriteAsync(Take, Cancellation)) is { Applied: false, Item: null });
    }

    [Fact]
    public async Task Reads_are_repeated_whatever_went_wrong_and_are_unavailable_in_the_end()
    {
        _service.Then(LostAnswer(), Error("InternalServerError", status: HttpStatusCode.InternalServerError), Error("ThrottlingException"), Ok($$"""{"Item":{{AliceItem}}}"""));
        Assert.Equal("alice", (await RunAsync(_engine.GetAsync(Key, Consistency.Strong, Cancellation)))!["owner"]);

        _service.Otherwise = Unreachable();
        await Assert.ThrowsAsync<TableUnavailableException>(() => RunAsync(_engine.GetAsync(Key, Consistency.Strong, Cancellation)));
        _service.Otherwise = Error("ThrottlingException");
        await Assert.ThrowsAsync<TableThrottledException>(() => RunAsync(_engine.GetAsync(Key, Consistency.Strong, Cancellation)));
    }

    [Fact]
    public async Task What_no_repeat_can_mend_is_said_at_once()
    {
        _service.Then(Error("AccessDeniedException"), Error("ResourceNotFoundException"), Error("ValidationException"));
        await Assert.ThrowsAsync<TableUnavailableException>(() => RunAsync(_engine.WriteAsync(Take, Cancellation)));
        await Assert.ThrowsAsync<TableUnavailableException>(() => RunAsync(_engine.GetAsync(Key, Consistency.Strong, Cancellation)));
        await Assert.ThrowsAsync<ArgumentException>(() => RunAsync(_engine.TransactAsync([Take], Cancellation)));
        Assert.Equal(3, _service.Requests.Count);
    }

    [Fact]
    public async Task Reads_are_strong_only_where_asked()
    {
        _service.Otherwise = Ok();
        await RunAsync(_engine.GetAsync(Key, Consistency.Eventual, Cancellation));
        await RunAsync(_engine.GetAsync(Key, Consistency.Strong, Cancellation));
        await RunAsync(_engine.QueryAsync(new Query("p", SortRange.All, Consistency.Eventual, 1), Cancellation));
        await RunAsync(_engine.QueryAsync(new Query("p", SortRange.All, Consistency.Strong, 1), Cancellation));
        Assert.Equal([false, true, false, true], _service.Requests.Select(request => request.GetProperty("ConsistentRead").GetBoolean()));
    }

    [Fact]
    public async Task Unprocessed_keys_are_asked_for_until_all_are_there()
    {
        _service.Then(
            Ok("""{"Responses":{},"UnprocessedKeys":{"Evently-Test":{"ConsistentRead":true,"Keys":[{"pk":{"S":"p"},"sk":{"S":"t"}},{"pk":{"S":"p"},"sk":{"S":"s"}}]}}}"""),
            Ok($$$$"""{"Responses":{"Evently-Test":[{{{{AliceItem}}}}]},"UnprocessedKeys":{"Evently-Test":{"ConsistentRead":true,"Keys":[{"pk":{"S":"p"},"sk":{"S":"t"}}]}}}"""),
            Ok("""{"Responses":{"Evently-Test":[]}}"""));
        var items = await RunAsync(_engine.GetManyAsync([Other, Key], Consistency.Strong, Cancellation));

        Assert.Null(items[0]);
        Assert.Equal("alice", items[1]!["owner"]);
        Assert.Equal(1, _service.Requests[2].GetProperty("RequestItems").GetProperty("Evently-Test").GetProperty("Keys").GetArrayLength());
    }

    [Fact]
    public async Task Unprocessed_writes_are_repeated_and_only_those()
    {
        _service.Then(
            Ok("""{"UnprocessedItems":{"Evently-Test":[{"DeleteRequest":{"Key":{"pk":{"S":"p"},"sk":{"S":"t"}}}}]}}"""),
            LostAnswer(),
            Ok());
        await RunAsync(WriteManyAsync());
        Assert.Equal([2, 1, 1], _service.Requests.Select(request => request.GetProperty("RequestItems").GetProperty("Evently-Test").GetArrayLength()));

        _service.Otherwise = Ok("""{"UnprocessedItems":{"Evently-Test":[{"DeleteRequest":{"Key":{"pk":{"S":"p"},"sk":{"S":"t"}}}}]}}""");
        await Assert.ThrowsAsync<TableThrottledException>(() => RunAsync(WriteManyAsync()));

        async ValueTask<bool> WriteManyAsync()
        {
            await _engine.WriteManyAsync([Write.Delete(Key, Condition.Always), Write.Delete(Other, Condition.Always)], Cancellation);
            return true;
        }
    }

    [Fact]
    public async Task A_cancelled_caller_gives_up_between_attempts()
    {
        using var cancelled = new CancellationTokenSource();
        _service.Otherwise = Error("ThrottlingException");
        var write = _engine.WriteAsync(Take, cancelled.Token).AsTask();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(new ValueTask<WriteResult>(write)));
    }

    /// <summary>Lets the engine's pauses pass, and no other time: a busy machine must not use the budget up.</summary>
    private async Task<T> RunAsync<T>(ValueTask<T> call)
    {
        var task = call.AsTask();
        while (!task.IsCompleted)
        {
            if (_time.Pauses.TryDequeue(out var pause))
                _time.Advance(pause);
            else
                await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Cancellation));
        }

        return await task;
    }

    /// <summary>Tells what is waited for.</summary>
    private sealed class PauseTime : FakeTimeProvider
    {
        public ConcurrentQueue<TimeSpan> Pauses { get; } = new();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            if (dueTime != Timeout.InfiniteTimeSpan)
                Pauses.Enqueue(dueTime);
            return timer;
        }
    }
}
