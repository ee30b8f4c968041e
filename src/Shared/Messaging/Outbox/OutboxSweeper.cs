using Evently.Shared.Ids;
using Evently.Shared.Messaging.Hosting;
using Evently.Shared.Storage;

namespace Evently.Shared.Messaging.Outbox;

/// <summary>
/// The net below the relay: finds outbox rows that are older than any relay should take (a crash, a full hand-over, an unreachable queue) and
/// relays them. Several instances may sweep the same rows; a message sent twice is what at-least-once means.
/// </summary>
internal sealed class OutboxSweeper(ModuleIdentity module, ModuleTable table, OutboxRelay relay, TimeProvider time)
{
    /// <summary>Rows younger than this are left to the relay of the process that wrote them.</summary>
    public static readonly TimeSpan MinimumAge = TimeSpan.FromSeconds(3);

    private const int PageRows = 100;
    private const int PagesPerSweep = 20;
    private readonly OutboxRows _rows = new(module.KeyPrefix);
    private int _lastDepth;
    private long _oldest;

    /// <summary>Old rows that the last sweep saw, from all instances; at most what one sweep reads.</summary>
    public int LastDepth => Volatile.Read(ref _lastDepth);

    /// <summary>Age of the oldest row that the last sweep could not relay; null when it relayed all.</summary>
    public TimeSpan? OldestAge => Volatile.Read(ref _oldest) is > 0 and var milliseconds
        ? time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
        : null;

    /// <summary>Sweeps every shard once.</summary>
    /// <returns>How many messages left the outbox.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var relayed = 0;
        var seen = 0;
        long oldest = 0;
        for (var shard = 0; shard < OutboxRows.Shards; shard++)
        {
            string? after = null;
            for (var page = 0; page < PagesPerSweep; page++)
            {
                var rows = await table.QueryAsync(
                    new Query(_rows.PartitionOf(shard), SortRange.AtMost(LatestSwept()), Consistency.Eventual, PageRows, After: after),
                    cancellationToken);
                var messages = rows.Items.Select(OutboxRows.Read).Where(message => !relay.IsInHand(message.Id)).ToList();
                seen += messages.Count;
                var left = await relay.RelayAsync(messages, cancellationToken);
                relayed += left;
                if (left < messages.Count && messages[0].Id.Time.ToUnixTimeMilliseconds() is var first && (oldest == 0 || first < oldest))
                    oldest = first;
                after = rows.Next;
                if (after is null)
                    break;
            }
        }

        Volatile.Write(ref _lastDepth, seen - relayed);
        Volatile.Write(ref _oldest, oldest);
        return relayed;
    }

    /// <summary>Rows of this module's outbox, of every age and instance; counts at most <see cref="TableLimits.PageItems"/> a shard.</summary>
    public async ValueTask<(int Depth, TimeSpan? OldestAge)> MeasureAsync(CancellationToken cancellationToken)
    {
        var depth = 0;
        Ulid? oldest = null;
        for (var shard = 0; shard < OutboxRows.Shards; shard++)
        {
            var rows = await table.QueryAsync(
                new Query(_rows.PartitionOf(shard), SortRange.All, Consistency.Eventual, TableLimits.PageItems),
                cancellationToken);
            depth += rows.Items.Count;
            if (rows.Items.Count > 0 && OutboxRows.Read(rows.Items[0]).Id is var first && (oldest is null || first < oldest))
                oldest = first;
        }

        return (depth, oldest is { } id ? time.GetUtcNow() - id.Time : null);
    }

    private string LatestSwept() => new Ulid((UInt128)(ulong)(time.GetUtcNow() - MinimumAge).ToUnixTimeMilliseconds() << 80).ToString();
}
