using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Evently.Shared.Storage.DynamoDb;
using Evently.Shared.Tests.Emulators;
using Evently.Shared.Tests.Telemetry;
using Evently.Testing.Costs;
using Condition = Evently.Shared.Storage.Condition;

namespace Evently.Shared.Tests.Storage.DynamoDb;

/// <summary>
/// The meter's formula against what DynamoDB Local reports. What it reports of transactions is wrong, so those follow from AWS's rule alone: twice.
/// </summary>
[Collection(DynamoDbLocal.Collection)]
public sealed class CapacityTests(DynamoDbLocal local)
{
    private static readonly ItemKey Key = new("CAPACITY#1", "s");
    private static readonly ItemKey Absent = new("CAPACITY#1", "absent");
    private readonly CostMeter _meter = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static readonly (string Name, Write Write)[] Writes =
    [
        ("a small item", Write.Put(Key, Attributes(10), Condition.Always)),
        ("an update of it", Write.Update(Key, [Change.Set("b", "x")], Condition.Always)),
        ("the same once more", Write.Update(Key, [Change.Set("b", "x")], Condition.Always)),
        ("growing over 1 KB", Write.Update(Key, [Change.Set("a", new string('x', 1_500))], Condition.Always)),
        ("shrinking again", Write.Update(Key, [Change.Set("a", "x")], Condition.Always)),
        ("entering the index", Write.Update(Key, [Change.Set(WellKnown.IndexPartition, "CAPACITY#DUE"), Change.Set(WellKnown.IndexSort, "1")], Condition.Always)),
        ("a change beside the index", Write.Update(Key, [Change.Set("b", "y")], Condition.Always)),
        ("moving within the index", Write.Update(Key, [Change.Set(WellKnown.IndexSort, "2")], Condition.Always)),
        ("leaving the index", Write.Update(Key, [Change.Remove(WellKnown.IndexSort)], Condition.Always)),
        ("3 KB in the index at once", Write.Put(Key, Attributes(3_000, "3"), Condition.Always)),
        ("3 KB replaced by less, out of the index", Write.Put(Key, Attributes(10), Condition.Always)),
        ("a delete", Write.Delete(Key, Condition.Always)),
        ("a delete of nothing", Write.Delete(Absent, Condition.Always)),
    ];

    [Fact]
    public async Task Single_writes_and_reads_cost_what_DynamoDB_reports()
    {
        local.SkipIfMissing();
        using var client = new CountingClient(local.Client.Config.ServiceURL);
        var engine = new DynamoDbTableEngine(client, DynamoDbLocal.TableName, TimeProvider.System, new IdGenerator(TimeProvider.System), TelemetryProbe.NobodysMetrics());
        using var metered = new MeteredTable(new MemoryTableEngine(TimeProvider.System), _meter);
        foreach (var (name, write) in Writes)
        {
            await CompareAsync(name, table => table.WriteAsync(write, Stop).AsTask());
            foreach (var consistency in Enum.GetValues<Consistency>())
            {
                await CompareAsync($"{consistency} get after {name}", table => table.GetAsync(Key, consistency, Stop).AsTask());
                if (await engine.GetAsync(Key, consistency, Stop) is null)
                    continue;

                // Of a query or batch that finds nothing Local reports nothing, where AWS bills its least.
                await CompareAsync($"{consistency} batch after {name}", table => table.GetManyAsync([Key], consistency, Stop).AsTask());
                await CompareAsync($"{consistency} query after {name}", table => table.QueryAsync(new Query(Key.Partition, SortRange.All, consistency, 10), Stop).AsTask());
            }
        }

        async Task CompareAsync(string what, Func<ITableEngine, Task> call)
        {
            client.Take();
            await call(engine);
            await call(metered);
            Assert.Equal((what, client.Take()), (what, Counted()));
        }
    }

    [Fact]
    public async Task A_transaction_costs_twice_and_what_is_refused_costs_as_much()
    {
        using var metered = new MeteredTable(new MemoryTableEngine(TimeProvider.System), _meter);
        var entering = Write.Put(Key, Attributes(1_500, "1"), Condition.ItemAbsent);
        Assert.True((await metered.TransactAsync([entering, Write.Check(Absent, Condition.ItemAbsent)], Stop)).Applied);
        Assert.Equal((2 * 2) + 2 + 2, Counted());
        Assert.False((await metered.TransactAsync([entering, Write.Check(Absent, Condition.ItemAbsent)], Stop)).Applied);
        Assert.Equal((2 * 2) + 2, Counted());
        Assert.False((await metered.WriteAsync(entering, Stop)).Applied);
        Assert.Equal(2, Counted());
    }

    private decimal Counted() => _meter.Take().Sum(entry => entry.Cost.Writes + entry.Cost.Reads);

    private static Dictionary<string, Value> Attributes(int bytes, string? indexSort = null)
    {
        var attributes = new Dictionary<string, Value> { ["a"] = new string('x', bytes), ["n"] = 12_345, ["z"] = new byte[] { 1, 2, 3 } };
        if (indexSort is not null)
            (attributes[WellKnown.IndexPartition], attributes[WellKnown.IndexSort]) = ("CAPACITY#DUE", indexSort);
        return attributes;
    }

    /// <summary>Asks for the consumed capacity of every call and adds it up.</summary>
    private sealed class CountingClient(string url) : AmazonDynamoDBClient(
        new BasicAWSCredentials("local", "local"), DynamoDbClient.Configure(new AmazonDynamoDBConfig { ServiceURL = url, AuthenticationRegion = "eu-central-1" }))
    {
        private Handler _handler = null!;

        public decimal Take() => _handler.Take();

        protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
        {
            base.CustomizeRuntimePipeline(pipeline);
            pipeline.AddHandler(_handler = new Handler());
        }

        private sealed class Handler : PipelineHandler
        {
            private decimal _units;

            public decimal Take()
            {
                var units = _units;
                _units = 0;
                return units;
            }

            public override async Task<T> InvokeAsync<T>(IExecutionContext executionContext)
            {
                Ask(executionContext.RequestContext.OriginalRequest);
                var response = await base.InvokeAsync<T>(executionContext);
                _units += (decimal)UnitsOf(response);
                return response;
            }

            private static void Ask(AmazonWebServiceRequest request)
            {
                switch (request)
                {
                    case PutItemRequest put: put.ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL; break;
                    case UpdateItemRequest update: update.ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL; break;
                    case DeleteItemRequest delete: delete.ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL; break;
                    case GetItemRequest get: get.ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL; break;
                    case BatchGetItemRequest batch: batch.ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL; break;
                    case QueryRequest query: query.ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL; break;
                    default: throw new InvalidOperationException($"Nobody counts a {request.GetType().Name}.");
                }
            }

            private static double UnitsOf(AmazonWebServiceResponse response) => response switch
            {
                PutItemResponse put => put.ConsumedCapacity.CapacityUnits,
                UpdateItemResponse update => update.ConsumedCapacity.CapacityUnits,
                DeleteItemResponse delete => delete.ConsumedCapacity.CapacityUnits,
                GetItemResponse get => get.ConsumedCapacity.CapacityUnits,
                BatchGetItemResponse batch => batch.ConsumedCapacity.Sum(capacity => capacity.CapacityUnits ?? 0),
                QueryResponse query => query.ConsumedCapacity.CapacityUnits,
                _ => 0,
            } ?? 0;
        }
    }
}
