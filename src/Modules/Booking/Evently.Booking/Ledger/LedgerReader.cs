using System.Runtime.CompilerServices;
using Evently.Booking.Catalog;
using Evently.Shared.Storage;

namespace Evently.Booking.Ledger;

/// <summary>Reads of the ledger; a block that has no item yet is all free.</summary>
internal sealed class LedgerReader(ModuleTable<BookingModule> table)
{
    /// <summary>The blocks' items, in order, strongly consistent; null where no seat was ever taken.</summary>
    public async ValueTask<IReadOnlyList<Item?>> ReadBlocksAsync(OnSaleEvent on, IReadOnlyList<int> blocks, CancellationToken cancellationToken)
    {
        var keys = new ItemKey[blocks.Count];
        for (var i = 0; i < keys.Length; i++)
            keys[i] = SeatBlock.KeyOf(on.Plan.Blocks[blocks[i]]);
        if (keys.Length == 1)
            return [await table.GetAsync(keys[0], Consistency.Strong, cancellationToken)];
        var items = new List<Item?>(keys.Length);
        foreach (var batch in keys.Chunk(TableLimits.BatchGetKeys))
            items.AddRange(await table.GetManyAsync(batch, Consistency.Strong, cancellationToken));
        return items;
    }

    /// <summary>Every block that has an item, page by page, strongly consistent.</summary>
    public async IAsyncEnumerable<(PlanBlock Block, Item Item)> ReadAllAsync(OnSaleEvent on, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var partition in on.Plan.Partitions)
        {
            await foreach (var item in table.ScanPartitionAsync(partition, SortRange.All, Consistency.Strong, cancellationToken))
            {
                if (on.Plan.TryGetBlock(item.Key, out var block))
                    yield return (block, item);
            }
        }
    }
}
