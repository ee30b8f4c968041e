using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Evently.Shared.Configuration;
using Evently.Shared.Storage;
using Evently.Shared.Storage.DynamoDb;
using Evently.Shared.Tests.Emulators;
using Evently.Shared.Tests.Storage.Contract;
using Evently.Shared.Tests.Storage.Differential;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

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
    public async Task The_program_makes_its_table_when_it_starts_on_DynamoDB()
    {
        const string table = "Evently-Started";
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([new("Evently:Storage:Engine", "dynamodb"), new("Evently:Storage:TableName", table)]);
        builder.Services.AddSingleton(local.Client);
        builder.Services.AddStorage(builder.Configuration);
        using var host = builder.Build();
        await host.StartAsync(Cancellation);

        var description = (await local.Client.DescribeTableAsync(table, Cancellation)).Table;
        Assert.Equal(BillingMode.PAY_PER_REQUEST, description.BillingModeSummary.BillingMode);
        var index = Assert.Single(description.GlobalSecondaryIndexes);
        Assert.Equal("xpk-xsk-index", index.IndexName);
        Assert.Equal(ProjectionType.KEYS_ONLY, index.Projection.ProjectionType);
        var expiry = (await local.Client.DescribeTimeToLiveAsync(table, Cancellation)).TimeToLiveDescription;
        Assert.Equal("ttl", expiry.AttributeName);
        Assert.IsType<DynamoDbTableEngine>(host.Services.GetRequiredService<ITableEngine>());
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_table_of_other_keys_is_refused_with_a_sentence()
    {
        const string table = "Evently-Foreign";
        await local.Client.CreateTableAsync(
            table,
            [new KeySchemaElement("id", KeyType.HASH)],
            [new AttributeDefinition("id", ScalarAttributeType.S)],
            new ProvisionedThroughput(1, 1),
            Cancellation);
        var refusal = await Assert.ThrowsAsync<ConfigurationException>(() => local.SetUp(table, mayCreate: true).PrepareAsync(Cancellation));
        Assert.Contains(table, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_table_is_named_where_none_may_be_made()
    {
        var refusal = await Assert.ThrowsAsync<ConfigurationException>(() => local.SetUp("Evently-Missing", mayCreate: false).PrepareAsync(Cancellation));
        Assert.Contains("Evently-Missing", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Evently:Storage:CreateTable", refusal.Message, StringComparison.Ordinal);
    }
}
