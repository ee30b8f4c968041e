using Evently.Shared.Storage;
using Evently.Testing.Costs;

namespace Evently.Testing.Partitions;

/// <summary>The partitions of one table and its index: what each has served, and whether it serves any more now. Used by one thread at a time.</summary>
public sealed class TablePartitions(Throughput throughput)
{
    private readonly UnitBucket _tableWrites = new(throughput.TableWrites);
    private readonly UnitBucket _tableReads = new(throughput.TableReads);
    private readonly Dictionary<(string Partition, bool IsIndex, bool IsRead), PartitionLoad> _loads = [];
    private readonly HashSet<ItemKey> _inTransaction = [];

    public int TableThrottles { get; private set; }

    public int PartitionThrottles { get; private set; }

    public int Conflicts { get; private set; }

    /// <summary>Those that served the most units in one second, the hottest first.</summary>
    public IReadOnlyList<PartitionHeat> Hottest(int most) => [.. _loads.Values.Select(load => load.Heat).OrderByDescending(heat => heat.Peak).Take(most)];

    /// <summary>Serves the request, or says why not.</summary>
    public string? TryServe(IReadOnlyList<Charge> charges, bool isRead, TimeSpan now)
    {
        var table = isRead ? _tableReads : _tableWrites;
        var loads = charges.Select(charge => (Load: LoadOf(charge, isRead), charge.Units)).ToList();
        foreach (var (load, units) in loads)
        {
            if (load.Has(units, now))
                continue;
            PartitionThrottles++;
            return "The partition is throttled.";
        }

        if (!table.Has(charges.Sum(charge => charge.Units), now))
        {
            TableThrottles++;
            return "The table is throttled.";
        }

        foreach (var (load, units) in loads)
        {
            table.Take(units);
            load.Serve(units, now);
        }

        return null;
    }

    /// <summary>A write meets no transaction that is under way on its item; a transaction holds its items until <see cref="End"/>.</summary>
    public string? TryEnter(IReadOnlyList<Write> writes, bool inTransaction)
    {
        if (writes.Any(write => _inTransaction.Contains(write.Key)))
        {
            Conflicts++;
            return "Another transaction is under way on the item.";
        }

        if (inTransaction)
            _inTransaction.UnionWith(writes.Select(write => write.Key));
        return null;
    }

    public void End(IReadOnlyList<Write> transaction) => _inTransaction.ExceptWith(transaction.Select(write => write.Key));

    private PartitionLoad LoadOf(Charge charge, bool isRead)
    {
        var key = (charge.Partition, charge.IsIndex, isRead);
        var perSecond = isRead ? throughput.PartitionReads : throughput.PartitionWrites;
        if (!_loads.TryGetValue(key, out var load))
            _loads.Add(key, load = new PartitionLoad(charge.Partition, charge.IsIndex, isRead, perSecond));
        return load;
    }
}
