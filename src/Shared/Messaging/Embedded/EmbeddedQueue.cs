using System.Globalization;
using Evently.Shared.Messaging.Memory;
using Evently.Shared.Storage.Embedded;

namespace Evently.Shared.Messaging.Embedded;

/// <summary>
/// A queue in the embedded data file. One process has the file, so the rules run in memory and the file keeps what must survive: a message from
/// its send (one flush, shared with everything else that is written then) to its delete. Visibility is not kept: after a restart everything waits again.
/// </summary>
internal sealed class EmbeddedQueue : IQueue
{
    /// <summary>Up to this depth new messages stay in memory; behind it a receive reads them from the file.</summary>
    private const int KeptBodies = 10_000;

    private const int RowsPerUnit = 100;
    private const int LoadPageRows = 1_000;
    private readonly EmbeddedDatabase _database;
    private readonly TimeProvider _time;
    private readonly Func<long> _nextKey;
    private readonly QueueIndex _index = new();

    private EmbeddedQueue(string name, EmbeddedDatabase database, TimeProvider time, Func<long> nextKey)
    {
        Name = name;
        _database = database;
        _time = time;
        _nextKey = nextKey;
    }

    public string Name { get; }

    public static async ValueTask<EmbeddedQueue> OpenAsync(string name, EmbeddedDatabase database, TimeProvider time, Func<long> nextKey, CancellationToken cancellationToken)
    {
        var queue = new EmbeddedQueue(name, database, time, nextKey);
        long after = 0;
        while (true)
        {
            var rows = await database.ReadAsync((name, after), static (session, page) => QueueRows.Page(session, page.name, page.after, LoadPageRows), cancellationToken);
            foreach (var row in rows)
                queue.Load(row);
            if (rows.Count < LoadPageRows)
                return queue;
            after = rows[^1].Key;
        }
    }

    public async ValueTask<IReadOnlyList<int>> SendAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var rows = messages.Select(message => (Key: _nextKey(), Message: message)).ToList();
        await Task.WhenAll(rows.Chunk(RowsPerUnit).Select(chunk => WriteAsync(chunk, (session, row) => QueueRows.Insert(session, row.Key, Name, row.Message, now), cancellationToken)));
        foreach (var (key, message) in rows)
        {
            _index.Add(
                new QueueIndex.Entry(key.ToString(CultureInfo.InvariantCulture), message.Group, now) { Message = _index.Count < KeptBodies ? message : null },
                now,
                now);
        }

        return [];
    }

    public ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int max, TimeSpan wait, TimeSpan visibility, CancellationToken cancellationToken) =>
        QueueWaiting.ReceiveAsync(_index, _time, wait, _ => TakeAsync(max, visibility), cancellationToken);

    public async ValueTask DeleteAsync(IReadOnlyList<ReceivedMessage> messages, CancellationToken cancellationToken)
    {
        var keys = messages
            .Select(message => _index.Remove(QueueReceipt.KeyOf(message.Receipt), QueueReceipt.GenerationOf(message.Receipt)))
            .OfType<QueueIndex.Entry>()
            .Select(KeyOf)
            .ToArray();
        await WriteAsync(keys, QueueRows.Delete, cancellationToken);
    }

    public ValueTask ChangeVisibilityAsync(IReadOnlyList<ReceivedMessage> messages, TimeSpan visibility, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        foreach (var message in messages)
            _index.SetVisibility(QueueReceipt.KeyOf(message.Receipt), QueueReceipt.GenerationOf(message.Receipt), visibility, now);
        return ValueTask.CompletedTask;
    }

    public ValueTask<QueueFigures> FiguresAsync(CancellationToken cancellationToken) => ValueTask.FromResult(_index.Figures(_time.GetUtcNow()));

    public async ValueTask<int> RedriveAsync(int max, CancellationToken cancellationToken)
    {
        var moved = _index.Redrive(max, _time.GetUtcNow());
        await WriteAsync([.. moved.Select(KeyOf)], QueueRows.Revive, cancellationToken);
        return moved.Count;
    }

    // Not cancellable: what was taken is returned.
    private async ValueTask<List<ReceivedMessage>> TakeAsync(int max, TimeSpan visibility)
    {
        var (taken, died) = _index.Take(max, visibility, QueueLimits.MaxReceives, _time.GetUtcNow());
        await WriteAsync([.. died.Select(KeyOf)], QueueRows.Bury, CancellationToken.None);

        // What an earlier process left behind may be what killed it: its deliveries are on record before they happen.
        var inherited = taken.Where(entry => entry.IsInherited).Select(entry => (Key: KeyOf(entry), entry.ReceiveCount)).ToArray();
        await WriteAsync(inherited, static (session, entry) => QueueRows.Count(session, entry.Key, entry.ReceiveCount), CancellationToken.None);

        var received = new List<ReceivedMessage>(taken.Count);
        foreach (var entry in taken)
        {
            entry.Message ??= await _database.ReadAsync((Key: KeyOf(entry), entry.Group), static (session, row) => QueueRows.Message(session, row.Key, row.Group), CancellationToken.None);
            if (entry.Message is { } message)
                received.Add(new ReceivedMessage(message, QueueReceipt.Of(entry), entry.ReceiveCount, entry.SentAt));
        }

        return received;
    }

    private void Load(QueueRows.Row row)
    {
        var now = _time.GetUtcNow();
        var entry = new QueueIndex.Entry(row.Key.ToString(CultureInfo.InvariantCulture), row.Group, row.SentAt) { ReceiveCount = row.ReceiveCount, IsInherited = true };
        if (row.IsDead)
            _index.AddDead(entry);
        else
            _index.Add(entry, now, now);
    }

    private async Task WriteAsync<T>(T[] rows, Action<SqliteSession, T> write, CancellationToken cancellationToken)
    {
        if (rows.Length == 0)
            return;
        await _database.ExecuteAsync(
            (rows, write),
            static (session, unit) =>
            {
                foreach (var row in unit.rows)
                    unit.write(session, row);
                return unit.rows.Length;
            },
            cancellationToken);
    }

    private static long KeyOf(QueueIndex.Entry entry) => long.Parse(entry.Key, CultureInfo.InvariantCulture);
}

/// <summary>The queues of the embedded data file.</summary>
internal sealed class EmbeddedQueueTransport(EmbeddedDatabase database, TimeProvider time) : IQueueTransport
{
    private readonly Lazy<Task<long>> _lastKey = new(() => database.ReadAsync(QueueRows.LastKey, CancellationToken.None).AsTask());
    private long _keys;

    public async ValueTask<IQueue> OpenAsync(string name, CancellationToken cancellationToken)
    {
        var lastKey = await _lastKey.Value;
        return await EmbeddedQueue.OpenAsync(name, database, time, () => lastKey + Interlocked.Increment(ref _keys), cancellationToken);
    }
}
