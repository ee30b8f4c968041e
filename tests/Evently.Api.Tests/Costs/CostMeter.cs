using System.Collections.Concurrent;
using System.Diagnostics;
using Evently.Shared.Storage;
using Evently.Shared.Storage.Rules;

namespace Evently.Api.Tests.Costs;

/// <summary>What one call has cost, with all that it set off.</summary>
/// <param name="Writes">DynamoDB's write units.</param>
/// <param name="Reads">DynamoDB's read units.</param>
/// <param name="Messages">Messages sent to queues.</param>
public readonly record struct Cost(int Writes, decimal Reads, int Messages)
{
    public static Cost operator +(Cost one, Cost other) => new(one.Writes + other.Writes, one.Reads + other.Reads, one.Messages + other.Messages);
}

/// <summary>
/// Counts by AWS's formula what is done in each trace: a call's trace goes on in the messages and sagas that the call causes, and what loops do by themselves
/// has none. A row of the outbox is removed, and the record of what was sent is made, by a loop; that is counted where the row was written.
/// </summary>
public sealed class CostMeter
{
    private const int WriteUnitBytes = 1_024;
    private const int ReadUnitBytes = 4_096;
    private const string Outbox = "#OUT#";
    private const string SentRecord = "#SENT#";
    private readonly ConcurrentDictionary<ActivityTraceId, Cost> _costs = new();
    private readonly ConcurrentDictionary<ItemKey, ActivityTraceId> _outbox = new();

    public Cost Of(ActivityTraceId trace) => _costs.GetValueOrDefault(trace);

    public void Sent(ActivityTraceId trace) => Add(trace, new Cost(0, 0, 1));

    /// <summary>A read of items that are rounded up together.</summary>
    public void Read(IEnumerable<Item?> items, Consistency consistency) => ReadBytes(items.Sum(item => item is null ? 0 : ItemSize.Of(item)), consistency);

    public void ReadBytes(int bytes, Consistency consistency) =>
        Add(new Cost(0, Units(bytes, ReadUnitBytes) * (consistency == Consistency.Strong ? 1m : 0.5m), 0));

    /// <summary>The larger of the item before and after counts, and every entry of the index that comes or goes.</summary>
    public void Written(ItemKey key, Item? before, Item? after, bool inTransaction)
    {
        var bytes = Math.Max(before is null ? 0 : ItemSize.Of(before), after is null ? 0 : ItemSize.Of(after));
        var units = Units(bytes, WriteUnitBytes);
        if (IndexEntryOf(before) != IndexEntryOf(after))
            units += (IndexEntryOf(before) is null ? 0 : 1) + (IndexEntryOf(after) is null ? 0 : 1);
        var cost = new Cost(inTransaction ? units * 2 : units, 0, 0);
        if (after is null && _outbox.TryRemove(key, out var trace) || IsSent(key, out trace))
            Add(trace, cost);
        else
            Add(cost);
        if (after is not null && key.Partition.Contains(Outbox, StringComparison.Ordinal) && Activity.Current is { } current)
            _outbox[key] = current.TraceId;
    }

    /// <summary>The record is made before the rows are removed; calls are measured one at a time, so they are all of one.</summary>
    private bool IsSent(ItemKey key, out ActivityTraceId trace)
    {
        trace = default;
        if (key.Partition.IndexOf(SentRecord, StringComparison.Ordinal) is not (> 0 and var end))
            return false;
        trace = _outbox.FirstOrDefault(row => row.Key.Partition.AsSpan().StartsWith(key.Partition.AsSpan(0, end), StringComparison.Ordinal)).Value;
        return trace != default;
    }

    private static (string, string)? IndexEntryOf(Item? item) =>
        item?.Has(WellKnown.IndexPartition) == true && item.Has(WellKnown.IndexSort) ? (item[WellKnown.IndexPartition].String, item[WellKnown.IndexSort].String) : null;

    private static int Units(int bytes, int unitBytes) => Math.Max(1, (bytes + unitBytes - 1) / unitBytes);

    private void Add(Cost cost)
    {
        if (Activity.Current is { } activity)
            Add(activity.TraceId, cost);
    }

    private void Add(ActivityTraceId trace, Cost cost) => _costs.AddOrUpdate(trace, cost, (_, known) => known + cost);
}
