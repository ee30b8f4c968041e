using System.Collections.Concurrent;
using Evently.Shared.Ids;
using Evently.Shared.Messaging.Instances;
using Evently.Shared.Storage;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Messaging.Outbox;

/// <summary>
/// The net below the relay: finds outbox rows that nobody has in hand, and relays them. Those of this instance wherever they are (its relay could not
/// take or send them), those of instances that run no more in the shards that are dealt to this one. So a row is one instance's business at a time,
/// and a late relay multiplies nothing. Rows that this version can't read, or whose queues nobody knows, are left to one that does: they are looked
/// at in every sweep, counted, and hold up nothing.
/// </summary>
internal sealed partial class OutboxSweeper(
    OutboxRows rows, ModuleTable table, OutboxRelay relay, IInstances instances, TimeProvider time, ILogger<OutboxSweeper> logger)
{
    /// <summary>Then a row is relayed though its author still runs: it has lost sight of it.</summary>
    public static readonly TimeSpan AbandonedAfter = TimeSpan.FromMinutes(1);

    /// <summary>A row without an author is left for so long to the relay of whoever wrote it.</summary>
    public static readonly TimeSpan AuthorlessAfter = TimeSpan.FromSeconds(10);

    /// <summary>Where versions before put their rows is looked at this often.</summary>
    private static readonly TimeSpan FormerInterval = TimeSpan.FromMinutes(1);

    private const int PageRows = 100;
    private const int PagesPerSweep = 20;

    /// <summary>Where the last sweep of a partition had to stop; only the step touches it.</summary>
    private readonly Dictionary<string, string> _continueAfter = new(StringComparer.Ordinal);
    private readonly HashSet<ItemKey> _reported = [];
    private int _lastDepth;
    private int _setAside;
    private long _oldest;
    private long? _formerSweep;

    /// <summary>Rows that the last sweep should have relayed and could not; at most what one sweep reads.</summary>
    public int LastDepth => Volatile.Read(ref _lastDepth);

    /// <summary>Rows that the last sweep left to somebody who can read them, or knows their queues.</summary>
    public int SetAside => Volatile.Read(ref _setAside);

    /// <summary>Age of the oldest row that the last sweep could not relay; null when it relayed all.</summary>
    public TimeSpan? OldestAge => Volatile.Read(ref _oldest) is > 0 and var milliseconds
        ? time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
        : null;

    /// <summary>Sweeps every shard that is this instance's, and all of them while rows of its own are left or the instances differ.</summary>
    /// <returns>How many messages left the outbox.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var sweep = new Sweep();
        var everywhere = relay.TakeLeft() || !instances.IsUniform;
        var former = _formerSweep is not { } last || time.GetElapsedTime(last) >= FormerInterval;
        if (former)
            _formerSweep = time.GetTimestamp();
        for (var shard = 0; shard < OutboxRows.Shards; shard++)
        {
            if (everywhere || instances.IsMine(shard))
                await TrySweepAsync(rows.PartitionOf(shard), shard, sweep, cancellationToken);
            if (former && instances.IsMine(shard))
                await TrySweepAsync(rows.FormerPartitionOf(shard), shard, sweep, cancellationToken);
        }

        if (sweep.OwnAreLeft)
            relay.LeaveToSweeper();
        Volatile.Write(ref _lastDepth, sweep.Found - sweep.Relayed);
        Volatile.Write(ref _setAside, sweep.SetAside);
        Volatile.Write(ref _oldest, sweep.OldestLeft);
        return sweep.Relayed;
    }

    /// <summary>Rows of this module's outbox, of every age and instance; counts at most <see cref="TableLimits.PageItems"/> a shard.</summary>
    public async ValueTask<(int Depth, TimeSpan? OldestAge)> MeasureAsync(CancellationToken cancellationToken)
    {
        var depth = 0;
        Ulid? oldest = null;
        foreach (var partition in Enumerable.Range(0, OutboxRows.Shards).SelectMany(shard => new[] { rows.PartitionOf(shard), rows.FormerPartitionOf(shard) }))
        {
            var page = await table.QueryAsync(new Query(partition, SortRange.All, Consistency.Eventual, TableLimits.PageItems), cancellationToken);
            depth += page.Items.Count;
            if (page.Items.Count > 0 && Ulid.TryParse(page.Items[0].Key.Sort, out var first) && (oldest is null || first < oldest))
                oldest = first;
        }

        return (depth, oldest is { } id ? time.GetUtcNow() - id.Time : null);
    }

    /// <summary>A shard that can't be swept holds up no other.</summary>
    private async Task TrySweepAsync(string partition, int shard, Sweep sweep, CancellationToken cancellationToken)
    {
        try
        {
            await SweepAsync(partition, shard, sweep, cancellationToken);
        }
#pragma warning disable CA1031 // The next sweep tries it again.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            sweep.OwnAreLeft = true;
            LogNotSwept(exception, partition);
        }
    }

    private async Task SweepAsync(string partition, int shard, Sweep sweep, CancellationToken cancellationToken)
    {
        var after = _continueAfter.GetValueOrDefault(partition);
        for (var page = 0; page < PagesPerSweep; page++)
        {
            var found = await table.QueryAsync(new Query(partition, SortRange.All, Consistency.Eventual, PageRows, After: after), cancellationToken);
            var mine = found.Items.Select(item => Read(item, shard, sweep)).OfType<OutboxRow>().Where(row => IsToRelay(row, shard)).ToList();
            sweep.Found += mine.Count;
            var relayed = await relay.RelayAsync(mine, sweep.Failing, cancellationToken);
            sweep.Relayed += relayed;
            if (relayed < mine.Count)
                sweep.Leave(mine);
            after = found.Next;
            if (after is null)
                break;
        }

        if (after is null)
        {
            _continueAfter.Remove(partition);
            return;
        }

        _continueAfter[partition] = after;
        sweep.OwnAreLeft = true;
    }

    private OutboxRow? Read(Item item, int shard, Sweep sweep)
    {
        if (rows.TryRead(item, out var row) && instances.IsKnown(row.Message.Queues))
            return row;
        if (!instances.IsMine(shard))
            return null;
        sweep.SetAside++;
        if (_reported.Count < PageRows * PagesPerSweep && _reported.Add(item.Key))
            LogSetAside(item.Key);
        return null;
    }

    private bool IsToRelay(OutboxRow row, int shard)
    {
        if (relay.IsInHand(row.Message.Id))
            return false;
        if (row.Author == instances.Self)
            return true;
        if (!instances.IsMine(shard, row.Message.Queues))
            return false;

        // Either way of the clock: what a machine that ran ahead has written is not left until the others are there.
        var age = (time.GetUtcNow() - row.Message.Id.Time).Duration();
        return row.Author is null ? age >= AuthorlessAfter : instances.IsGone(row.Author) || age >= AbandonedAfter;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The outbox row {Key} can't be read, or nobody knows its queues; it is left to a version that does")]
    private partial void LogSetAside(ItemKey key);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The outbox partition {Partition} could not be swept; the next sweep tries again")]
    private partial void LogNotSwept(Exception exception, string partition);

    private sealed class Sweep
    {
        public ConcurrentDictionary<string, byte> Failing { get; } = new(StringComparer.Ordinal);

        public int Found { get; set; }

        public int Relayed { get; set; }

        public int SetAside { get; set; }

        public bool OwnAreLeft { get; set; }

        /// <summary>Unix milliseconds; 0 when nothing was left.</summary>
        public long OldestLeft { get; private set; }

        public void Leave(List<OutboxRow> rows)
        {
            OwnAreLeft = true;
            var first = rows[0].Message.Id.Time.ToUnixTimeMilliseconds();
            OldestLeft = OldestLeft == 0 ? first : Math.Min(first, OldestLeft);
        }
    }
}
