using Evently.Shared.Storage;
using Evently.Shared.Storage.Memory;
using Evently.Shared.Tests.Emulators;
using Evently.Shared.Tests.Storage.Contract;
using Evently.Shared.Tests.Storage.Differential;

namespace Evently.Shared.Tests.Storage.DynamoDb;

[Collection(DynamoDbLocal.Collection)]
public sealed class DynamoDbTableTests(DynamoDbLocal local) : TableContract, IAsyncLifetime
{
    private const int LocalTransactionWrites = 10;

    protected override ITableEngine Engine => local.Engine;

    protected override int TransactionWrites => LocalTransactionWrites;

    protected override int ConcurrentWriters => 8;

    protected override bool TakesEmptyValues => false;

    protected override bool TellsRefusingItem => false;

    public ValueTask InitializeAsync()
    {
        local.SkipIfMissing();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Random_calls_get_the_same_answers_in_memory_and_in_DynamoDB()
    {
        var calls = EngineComparison.CallsOr(800);
        var answers = await EngineComparison.RunAsync(
            new MemoryTableEngine(TimeProvider.System), Engine, calls, new RandomCalls(new Random(3), Key("D").Partition, LocalTransactionWrites, TakesEmptyValues));
        Assert.InRange(answers, calls / 10, calls);
    }

    [Fact]
    public async Task A_table_that_is_there_is_only_checked()
    {
        await local.SetUp("Evently-Again", mayCreate: true).PrepareAsync(Cancellation);
        await local.SetUp("Evently-Again", mayCreate: true).PrepareAsync(Cancellation);
        await local.SetUp("Evently-Again", mayCreate: false).PrepareAsync(Cancellation);
    }

    [Fact]
    public async Task A_missing_table_is_named_where_none_may_be_made()
    {
        var refusal = await Assert.ThrowsAsync<TableUnavailableException>(() => local.SetUp("Evently-Missing", mayCreate: false).PrepareAsync(Cancellation));
        Assert.Contains("Evently-Missing", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Evently:Storage:CreateTable", refusal.Message, StringComparison.Ordinal);
    }
}
