using System.Collections.Frozen;
using Evently.Shared.Ids;
using Evently.Shared.Messaging.Hosting;
using Evently.Shared.Storage;

namespace Evently.Shared.Messaging.Instances;

/// <summary>
/// Instances that share a table know each other by rows that they rewrite every few seconds. One whose row stands still, by the reader's own clock, is
/// gone; clocks need not agree. Shards are dealt out over those that run, in the order of their ids: no writes but the beat, and work grows and
/// shrinks with the number of instances.
/// </summary>
internal sealed class TableInstances(ITableEngine engine, MessageTopology topology, IdGenerator ids, TimeProvider time) : IInstances
{
    public static readonly TimeSpan BeatInterval = TimeSpan.FromSeconds(3);

    /// <summary>Three beats and a little: then others do its work.</summary>
    public static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(10);

    private const string KeyPrefix = "MESSAGING#";
    private const string Partition = KeyPrefix + "INSTANCES";
    private const string Beat = "beat";
    private const string Queues = "queues";
    private const string Abilities = "can";
    private const char QueueSeparator = ' ';

    /// <summary>A row whose last beat is so old when it is first seen is what a dead instance left, whatever the clocks say.</summary>
    private static readonly TimeSpan LeftBehind = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);
    private readonly ModuleTable _table = new(engine, KeyPrefix);
    private readonly Ulid _self = ids.Next();

    // Only the step touches it, and steps don't overlap.
    private readonly Dictionary<string, Seen> _seen = new(StringComparer.Ordinal);
    private volatile View _view = View.Empty;
    private long _lastBeat;

    public string Self => _self.ToString();

    public bool IsUniform => _view.IsUniform;

    public bool IsMine(int shard) => IsMine(_view.Ids, shard);

    public bool IsMine(int shard, IReadOnlyList<string> queues) => IsMine(_view.Knowing(queues), shard);

    public bool IsKnown(IReadOnlyList<string> queues) => _view.Knowing(queues).Count > 0;

    public bool AllCan(string ability) => _view.AllCan(ability);

    /// <summary>One that began after this instance last looked is not gone.</summary>
    public bool IsGone(string instance) =>
        !_view.Ids.Contains(instance) && instance != Self
        && (!Ulid.TryParse(instance, out var id) || (time.GetUtcNow() - id.Time).Duration() > DeadAfter);

    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await _table.WriteAsync(
            Write.Put(
                new ItemKey(Partition, Self),
                new Dictionary<string, Value>
                {
                    [Beat] = now.ToUnixTimeMilliseconds(),
                    [Queues] = string.Join(QueueSeparator, topology.Queues.Order(StringComparer.Ordinal)),
                    [Abilities] = Ability.KeepMessagesInSagas,
                    [WellKnown.TimeToLive] = (now + Kept).ToUnixTimeSeconds(),
                },
                Condition.Always),
            cancellationToken);
        var rows = await _table.QueryAsync(new Query(Partition, SortRange.All, Consistency.Strong, TableLimits.PageItems), cancellationToken);
        _view = new View(rows.Items.Where(IsAlive));
        Forget(rows.Items);
        Volatile.Write(ref _lastBeat, time.GetTimestamp());
        return _view.Ids.Count;
    }

    public async Task LeaveAsync(CancellationToken cancellationToken) => await _table.WriteAsync(Write.Delete(new ItemKey(Partition, Self), Condition.Always), cancellationToken);

    /// <summary>An instance that could not say for a while that it runs has been given up by the others.</summary>
    private bool IsMine(IReadOnlyList<string> candidates, int shard) =>
        candidates.Count > 0
        && candidates[shard % candidates.Count] == Self
        && time.GetElapsedTime(Volatile.Read(ref _lastBeat)) < DeadAfter;

    private bool IsAlive(Item row)
    {
        var (instance, beat) = (row.Key.Sort, row[Beat].Kind == ValueKind.Number ? row[Beat].Number : 0);
        if (!_seen.TryGetValue(instance, out var seen))
        {
            var isLeft = (time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(beat)).Duration() > LeftBehind;
            _seen[instance] = new Seen(beat, isLeft ? null : time.GetTimestamp());
            return !isLeft;
        }

        if (seen.Beat != beat)
        {
            _seen[instance] = new Seen(beat, time.GetTimestamp());
            return true;
        }

        return seen.At is { } at && time.GetElapsedTime(at) < DeadAfter;
    }

    private void Forget(IReadOnlyList<Item> rows)
    {
        foreach (var gone in _seen.Keys.Except(rows.Select(row => row.Key.Sort)).ToList())
            _seen.Remove(gone);
    }

    /// <param name="At">A timestamp; null for what was found dead.</param>
    private sealed record Seen(long Beat, long? At);

    private sealed class View
    {
        public static readonly View Empty = new([]);
        private readonly FrozenDictionary<string, FrozenSet<string>> _queuesById;
        private readonly List<FrozenSet<string>> _abilities;

        public View(IEnumerable<Item> rows)
        {
            var alive = rows.ToList();
            _queuesById = alive.ToFrozenDictionary(row => row.Key.Sort, row => WordsOf(row[Queues]), StringComparer.Ordinal);
            _abilities = alive.ConvertAll(row => WordsOf(row[Abilities]));
            Ids = [.. _queuesById.Keys.Order(StringComparer.Ordinal)];
            IsUniform = _queuesById.Values.All(queues => queues.SetEquals(_queuesById[Ids[0]]));
        }

        public IReadOnlyList<string> Ids { get; }

        public bool IsUniform { get; }

        public IReadOnlyList<string> Knowing(IReadOnlyList<string> queues) => [.. Ids.Where(id => queues.All(_queuesById[id].Contains))];

        public bool AllCan(string ability) => _abilities.Count > 0 && _abilities.All(abilities => abilities.Contains(ability));

        private static FrozenSet<string> WordsOf(Value value) =>
            (value.Kind == ValueKind.String ? value.String.Split(QueueSeparator, StringSplitOptions.RemoveEmptyEntries) : []).ToFrozenSet(StringComparer.Ordinal);
    }
}
