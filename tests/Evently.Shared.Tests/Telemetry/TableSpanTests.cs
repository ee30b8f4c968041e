using System.Diagnostics;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Evently.Shared.Storage.DynamoDb;
using Evently.Shared.Telemetry.Aws;
using Evently.Shared.Tests.Storage.DynamoDb;
using static Evently.Shared.Tests.Storage.DynamoDb.ScriptedDynamoDb;

namespace Evently.Shared.Tests.Telemetry;

public sealed class TableSpanTests : IDisposable
{
    private const string Table = "Evently-Test";
    private static readonly ItemKey Key = new("p", "s");
    private readonly TelemetryProbe _probe = new();
    private readonly ScriptedDynamoDb _service = new();
    private readonly ObservedDynamoDbClient _client;
    private readonly DynamoDbTableEngine _engine;

    public TableSpanTests()
    {
        _client = new ObservedDynamoDbClient(_service.Config(), Table, _probe.Aws);
        _engine = new DynamoDbTableEngine(_client, Table, TimeProvider.System, new IdGenerator(TimeProvider.System), _probe.Table);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Write Take => Write.Update(Key, [Change.Set("owner", "bob")], Condition.Absent("owner"));

    public void Dispose()
    {
        _client.Dispose();
        _service.Dispose();
        _probe.Dispose();
    }

    [Fact]
    public async Task Every_attempt_is_a_span_in_the_words_of_the_conventions()
    {
        _service.Then(Error("ThrottlingException"), Ok());
        using (var request = _probe.StartRequest())
        {
            await _engine.WriteAsync(Take, Cancellation);
            Assert.All(_probe.Spans, span => Assert.Equal(request.SpanId, span.ParentSpanId));
        }

        Assert.Equal(["UpdateItem Evently-Test", "UpdateItem Evently-Test"], _probe.Spans.Select(span => span.DisplayName));
        Assert.All(_probe.Spans, span =>
        {
            Assert.Equal(ActivityKind.Client, span.Kind);
            Assert.Equal("aws.dynamodb", span.GetTagItem("db.system.name"));
            Assert.Equal("UpdateItem", span.GetTagItem("db.operation.name"));
            Assert.Equal([Table], Assert.IsType<string[]>(span.GetTagItem("aws.dynamodb.table_names")));
            Assert.Equal("aws-api", span.GetTagItem("rpc.system.name"));
            Assert.Equal("UpdateItem", span.GetTagItem("rpc.method"));
            Assert.Equal("eu-central-1", span.GetTagItem("cloud.region"));
            Assert.Equal("scripted.invalid", span.GetTagItem("server.address"));
            Assert.Equal("request-1", span.GetTagItem("aws.request_id"));
        });
        Assert.Equal(["throttled", null], _probe.Spans.Select(span => span.GetTagItem("error.type")));
        Assert.Equal(["ThrottlingException", null], _probe.Spans.Select(span => span.GetTagItem("db.response.status_code")));
        Assert.Equal([ActivityStatusCode.Error, ActivityStatusCode.Unset], _probe.Spans.Select(span => span.Status));
    }

    [Fact]
    public async Task A_refused_condition_is_seen_and_is_no_error()
    {
        _service.Then(Error("ConditionalCheckFailedException"), Cancelled("None", "ConditionalCheckFailed"));
        using (_probe.StartRequest())
        {
            Assert.False((await _engine.WriteAsync(Take, Cancellation)).Applied);
            Assert.False((await _engine.TransactAsync([Take, Write.Delete(new ItemKey("p", "t"), Condition.ItemExists)], Cancellation)).Applied);
        }

        Assert.Equal(2, _probe.Spans.Count);
        Assert.All(_probe.Spans, span =>
        {
            Assert.Equal("refused", span.GetTagItem("evently.condition"));
            Assert.Null(span.GetTagItem("error.type"));
            Assert.Equal(ActivityStatusCode.Unset, span.Status);
        });
        Assert.Equal(2, _probe.Spans[1].GetTagItem("db.operation.batch.size"));
        Assert.All(_probe.Of("db.client.operation.duration"), measured => Assert.DoesNotContain("error.type", measured.Tags.Keys));
    }

    [Fact]
    public async Task A_call_outside_of_any_trace_is_measured_and_starts_none()
    {
        _service.Then(Ok("""{"Count":0,"Items":[]}"""));
        await _engine.QueryAsync(new Query("p", SortRange.All, Consistency.Eventual, 10), Cancellation);

        Assert.Empty(_probe.Spans);
        var measured = Assert.Single(_probe.Of("db.client.operation.duration"));
        Assert.Equal(("aws.dynamodb", "Query"), (measured.Tags["db.system.name"], measured.Tags["db.operation.name"]));
    }

    [Fact]
    public async Task What_a_loop_calls_is_not_put_down_to_a_request_that_is_over()
    {
        _service.Then(Ok());
        using var request = _probe.StartRequest();
        request.Stop();
        Activity.Current = request;
        try
        {
            await _engine.GetAsync(Key, Consistency.Eventual, Cancellation);
        }
        finally
        {
            Activity.Current = null;
        }

        Assert.Empty(_probe.Spans);
    }

    [Fact]
    public async Task Retries_are_counted_by_their_reason()
    {
        const string Unprocessed = """{"UnprocessedItems":{"Evently-Test":[{"DeleteRequest":{"Key":{"pk":{"S":"p"},"sk":{"S":"s"}}}}]}}""";
        _service.Then(Cancelled("TransactionConflict"), Cancelled("ThrottlingError"), LostAnswer(), Ok(), Unreachable(), Ok(Unprocessed), Ok());
        await _engine.TransactAsync([Take], Cancellation);
        await _engine.WriteManyAsync([Write.Delete(Key, Condition.Always)], Cancellation);

        Assert.Equal(["conflict", "throttled", "no_answer", "no_answer", "throttled"], _probe.Of("evently.table.retries").Select(retry => retry.Tags["reason"]));
        Assert.Empty(_probe.Of("evently.table.given_up"));
    }

    [Fact]
    public async Task A_call_that_spends_its_retry_budget_is_counted_as_given_up()
    {
        _service.Otherwise = Error("ProvisionedThroughputExceededException");
        await Assert.ThrowsAsync<TableThrottledException>(async () => await _engine.GetAsync(Key, Consistency.Strong, Cancellation));

        var given = Assert.Single(_probe.Of("evently.table.given_up"));
        Assert.Equal("throttled", given.Tags["reason"]);
        Assert.All(_probe.Of("db.client.operation.duration"), measured => Assert.Equal("throttled", measured.Tags["error.type"]));
    }
}
