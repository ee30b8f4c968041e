using Evently.Shared.Storage;
using Evently.Shared.Storage.Rules;

namespace Evently.Testing.Costs;

/// <summary>Units that one partition serves for one request.</summary>
/// <param name="Partition">Of the table, or of the index.</param>
public readonly record struct Charge(string Partition, bool IsIndex, decimal Units);

/// <summary>
/// AWS's formula of DynamoDB's units. A write is the larger of the item before and after, in started KB, and one more for every entry of the index that
/// comes or goes; a transaction doubles it, the index's entries included, which is the dearer reading of what AWS says about those. A read is in started
/// 4 KB, halved where it may be eventually consistent. What a condition refuses is paid like a write that changes nothing.
/// </summary>
public static class Units
{
    private const int WriteUnitBytes = 1_024;
    private const int ReadUnitBytes = 4_096;

    /// <summary>An entry of the index: its two keys twice and what AWS adds to each entry; estimated, as entries are far below one unit.</summary>
    private const int IndexEntryBytes = 200;

    /// <summary>What a write costs that finds <paramref name="before"/> and leaves <paramref name="after"/>, the table's partition first.</summary>
    public static IReadOnlyList<Charge> OfWrite(ItemKey key, Item? before, Item? after, bool inTransaction)
    {
        var times = inTransaction ? 2 : 1;
        List<Charge> charges = [new(key.Partition, IsIndex: false, times * Started(Math.Max(SizeOf(before), SizeOf(after)), WriteUnitBytes))];
        var (left, entered) = (IndexEntryOf(before), IndexEntryOf(after));
        if (left == entered)
            return charges;
        if (left is { } old)
            charges.Add(new Charge(old.Partition, IsIndex: true, times));
        if (entered is { } now)
            charges.Add(new Charge(now.Partition, IsIndex: true, times));
        return charges;
    }

    /// <summary>A get, or a page of a query: its items are rounded up together.</summary>
    public static decimal OfRead(IEnumerable<Item?> items, Consistency consistency) => OfBytes(items.Sum(SizeOf), consistency);

    public static decimal OfIndexPage(IndexPage page) => OfBytes(page.Entries.Count * IndexEntryBytes, Consistency.Eventual);

    /// <summary>The item as the write would leave it; as it is where its condition refuses the write.</summary>
    public static Item? After(Write write, Item? before) => ConditionEvaluator.Holds(write.Condition, before) ? ChangeApplier.Apply(write, before) : before;

    public static int SizeOf(Item? item) => item is null ? 0 : ItemSize.Of(item);

    private static decimal OfBytes(int bytes, Consistency consistency) => Started(bytes, ReadUnitBytes) * (consistency == Consistency.Strong ? 1m : 0.5m);

    private static int Started(int bytes, int unitBytes) => Math.Max(1, (bytes + unitBytes - 1) / unitBytes);

    private static (string Partition, string Sort)? IndexEntryOf(Item? item) => item?.Has(WellKnown.IndexPartition) == true && item.Has(WellKnown.IndexSort)
        ? (item[WellKnown.IndexPartition].String, item[WellKnown.IndexSort].String)
        : null;
}
