using Evently.Shared.Storage;

namespace Evently.Shared.Tests.Storage.Contract;

/// <summary>
/// What every engine promises. Each test works in partitions of its own, so that engines whose table outlives a test can run it too.
/// </summary>
public abstract partial class TableContract
{
    private static int _tests;
    private readonly string _test = $"T{Interlocked.Increment(ref _tests)}-{Environment.ProcessId}#";

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected abstract ITableEngine Engine { get; }

    /// <summary>DynamoDB Local takes fewer than the service.</summary>
    protected virtual int TransactionWrites => TableLimits.TransactionWrites;

    /// <summary>Fewer where the engine under test is an emulator of a few hundred calls a second.</summary>
    protected virtual int ConcurrentWriters => 64;

    /// <summary>DynamoDB Local is of a time before empty texts and blobs.</summary>
    protected virtual bool TakesEmptyValues => true;

    /// <summary>False where a refusal can't tell what refused.</summary>
    protected virtual bool TellsRefusingItem => true;

    protected static Dictionary<string, Value> Attributes(params (string Name, Value Value)[] attributes) =>
        attributes.ToDictionary(attribute => attribute.Name, attribute => attribute.Value);

    protected static void AssertEqual(IReadOnlyDictionary<string, Value> expected, Item? item)
    {
        Assert.NotNull(item);
        Assert.Equal(expected.OrderBy(attribute => attribute.Key, StringComparer.Ordinal), item.Attributes.OrderBy(attribute => attribute.Key, StringComparer.Ordinal));
    }

    protected ItemKey Key(string partition, string sort = "-") => new(_test + partition, sort);

    protected async Task<Item?> GetAsync(ItemKey key) => await Engine.GetAsync(key, Consistency.Strong, Cancellation);

    protected async Task<WriteResult> PutAsync(ItemKey key, params (string Name, Value Value)[] attributes) =>
        await Engine.WriteAsync(Write.Put(key, Attributes(attributes), Condition.Always), Cancellation);

    protected async Task<WriteResult> UpdateAsync(ItemKey key, params Change[] changes) =>
        await Engine.WriteAsync(Write.Update(key, changes, Condition.Always), Cancellation);

    protected async Task AssertRefusedAsync(params Write[] transaction) =>
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Engine.TransactAsync(transaction, Cancellation));
}
