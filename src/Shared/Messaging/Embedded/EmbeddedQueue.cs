using Evently.Shared.Storage;
using Evently.Shared.Storage.Embedded;

namespace Evently.Shared.Messaging.Embedded;

/// <summary>
/// A queue in the embedded data file. One process has the file, so the rules run in memory and the file keeps what must survive: a message from
/// its send (one flush, shared with everything else that is written then) to its delete. Visibility is not kept: after a restart everything waits
/// again. Memory follows the file: it changes after the file has, and a write that fails leaves both as they were.
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
    private readonly QueueIndex _index;
    private readonly Lock _gate = new();
    private List<QueueRow> _doubtful = [];

    private EmbeddedQueue(string name, EmbeddedDatabase database, TimeProvider time, Func<long> nextKey)
    {
        Name = name;
        _database = database;
        _time = time;
        _nextKey = nextKey;
        _index = new QueueIndex(time);
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

    /// <summary>The row that a commit may insert beside its other writes. Then <see cref="Sent"/> has to follow, or <see cref="Doubt"/>.</summary>
    public QueueRow NewRow(QueueMessage message) => new(_nextKey(), message, _time.GetUtcNow());

    public void Insert(SqliteSession session, QueueRow row) => QueueRows.Insert(session, row.Key, Name, row.Message, row.SentAt);

    /// <summary>The rows are in the file.</summary>
    public void Sent(IEnumerable<QueueRow> rows)
    {
        foreach (var (key, message, sentAt) in rows)
            _index.Add(new QueueEntry(key, message.Group, sentAt) { Message = _index.Count < KeptBodies ? message : null });
    }

    /// <summary>Nobody knows whether the rows are in the file; the next receive looks.</summary>
    public void Doubt(IEnumerable<QueueRow> rows)
    {
        lock (_gate)
            _doubtful.AddRange(rows);
    }

    public async ValueTask<IReadOnlyList<int>> SendAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken)
    {
        var stored = await Task.WhenAll(messages.Select(NewRow).Chunk(RowsPerUnit).Select(rows => TrySendAsync(rows, cancellationToken)));
        return [.. Enumerable.Range(0, messages.Count).Where(index => !stored[index / RowsPerUnit])];
    }

    public ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int max, TimeSpan wait, TimeSpan visibility, CancellationToken cancellationToken) =>
        QueueWaiting.ReceiveAsync(_index, _time, wait, () => TakeAsync(max, visibility), cancellationToken);

    public async ValueTask DeleteAsync(IReadOnlyList<ReceivedMessage> messages, CancellationToken cancellationToken)
    {
        var held = Held(messages);
        await ChangeAsync(held, static (session, entry) => QueueRows.Delete(session, entry.Key), cancellationToken);
        foreach (var entry in held)
            _index.Remove(entry);
    }

    public ValueTask ChangeVisibilityAsync(IReadOnlyList<ReceivedMessage> messages, TimeSpan visibility, CancellationToken cancellationToken)
    {
        foreach (var message in messages)
            _index.SetVisibility(message.Receipt, visibility);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DeferAsync(IReadOnlyList<ReceivedMessage> messages, TimeSpan delay, CancellationToken cancellationToken)
    {
        var held = Held(messages);
        await ChangeAsync([.. held.Where(entry => entry.IsInherited)], static (session, entry) => QueueRows.Count(session, entry.Key, 0), cancellationToken);
        foreach (var entry in held)
            _index.Defer(entry, delay);
    }

    public async ValueTask BuryAsync(IReadOnlyList<ReceivedMessage> messages, CancellationToken cancellationToken)
    {
        var held = Held(messages);
        await ChangeAsync(held, static (session, entry) => QueueRows.Bury(session, entry.Key), cancellationToken);
        foreach (var entry in held)
            _index.Bury(entry);
    }

    public ValueTask<QueueFigures> FiguresAsync(CancellationToken cancellationToken) => ValueTask.FromResult(_index.Figures());

    public async ValueTask<int> RedriveAsync(int max, CancellationToken cancellationToken)
    {
        var dead = _index.OldestDead(max);
        await ChangeAsync(dead, static (session, entry) => QueueRows.Revive(session, entry.Key), cancellationToken);
        return _index.Revive(dead);
    }

    private async Task<bool> TrySendAsync(QueueRow[] rows, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(rows, Insert, cancellationToken);
            Sent(rows);
            return true;
        }
        catch (WriteOutcomeUnknownException)
        {
            Doubt(rows);
            return false;
        }
        catch (TableUnavailableException)
        {
            return false;
        }
    }

    // Not cancellable: what was taken is returned.
    private async ValueTask<List<ReceivedMessage>> TakeAsync(int max, TimeSpan visibility)
    {
        await ResolveDoubtsAsync();
        var taken = _index.Take(max, visibility, QueueLimits.MaxReceives);
        if (taken.Count == 0)
            return [];
        try
        {
            // What an earlier process left behind may be what killed it: its deliveries are on record before they happen.
            await WriteAsync([.. taken.Where(one => one.IsExhausted || one.Entry.IsInherited)], RecordReceive, CancellationToken.None);
            return await ReceivedAsync(taken);
        }
        catch
        {
            _index.Untake(taken);
            throw;
        }
    }

    private static void RecordReceive(SqliteSession session, QueueIndex.Taken taken)
    {
        if (taken.IsExhausted)
            QueueRows.Bury(session, taken.Entry.Key);
        else
            QueueRows.Count(session, taken.Entry.Key, taken.Entry.ReceiveCount);
    }

    private async ValueTask<List<ReceivedMessage>> ReceivedAsync(List<QueueIndex.Taken> taken)
    {
        var received = new List<(QueueEntry Entry, ReceivedMessage Message)>(taken.Count);
        foreach (var (entry, generation, isExhausted) in taken)
        {
            if (!isExhausted && (entry.Message ?? await ReadAsync(entry)) is { } message)
                received.Add((entry, new ReceivedMessage(message, QueueReceipt.Of(entry, generation), entry.ReceiveCount, entry.SentAt)));
        }

        foreach (var (entry, _, _) in taken.Where(one => one.IsExhausted))
            _index.Bury(entry);
        foreach (var (entry, _, _) in taken.Where(one => !one.IsExhausted).ExceptBy(received.Select(one => one.Entry), one => one.Entry))
            _index.Remove(entry);
        return received.ConvertAll(one => one.Message);
    }

    private ValueTask<QueueMessage?> ReadAsync(QueueEntry entry) =>
        _database.ReadAsync((entry.Key, entry.Group), static (session, row) => QueueRows.Message(session, row.Key, row.Group), CancellationToken.None);

    private async ValueTask ResolveDoubtsAsync()
    {
        List<QueueRow> doubtful;
        lock (_gate)
        {
            if (_doubtful.Count == 0)
                return;
            (doubtful, _doubtful) = (_doubtful, []);
        }

        try
        {
            var found = await _database.ReadAsync(
                doubtful,
                static (session, rows) => rows.FindAll(row => QueueRows.Message(session, row.Key, row.Message.Group) is not null),
                CancellationToken.None);
            Sent(found);
        }
        catch
        {
            Doubt(doubtful);
            throw;
        }
    }

    private void Load(QueueRows.Row row)
    {
        var entry = new QueueEntry(row.Key, row.Group, row.SentAt) { ReceiveCount = row.ReceiveCount, IsInherited = true };
        if (row.IsDead)
            _index.AddDead(entry);
        else
            _index.Add(entry);
    }

    private List<QueueEntry> Held(IReadOnlyList<ReceivedMessage> messages) => [.. messages.Select(message => _index.Held(message.Receipt)).OfType<QueueEntry>()];

    private async Task ChangeAsync(IReadOnlyList<QueueEntry> entries, Action<SqliteSession, QueueEntry> change, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(entries, change, cancellationToken);
        }
        catch (TableUnavailableException exception)
        {
            throw new QueueUnavailableException($"The rows of {Name} can't be changed.", exception);
        }
    }

    private async Task WriteAsync<T>(IReadOnlyList<T> rows, Action<SqliteSession, T> write, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
            return;
        await _database.ExecuteAsync(
            (rows, write),
            static (session, unit) =>
            {
                foreach (var row in unit.rows)
                    unit.write(session, row);
                return unit.rows.Count;
            },
            cancellationToken);
    }
}

/// <summary>A message on its way into the file.</summary>
internal readonly record struct QueueRow(long Key, QueueMessage Message, DateTimeOffset SentAt);

/// <summary>The queues of the embedded data file.</summary>
internal sealed class EmbeddedQueueTransport(EmbeddedDatabase database, TimeProvider time) : IQueueTransport
{
    private long _lastKey;

    public EmbeddedDatabase Database { get; } = database;

    public async ValueTask<IQueue> OpenAsync(string name, CancellationToken cancellationToken)
    {
        var lastInFile = await Database.ReadAsync(QueueRows.LastKey, cancellationToken);
        for (var last = Volatile.Read(ref _lastKey); last < lastInFile; last = Volatile.Read(ref _lastKey))
            Interlocked.CompareExchange(ref _lastKey, lastInFile, last);
        return await EmbeddedQueue.OpenAsync(name, Database, time, () => Interlocked.Increment(ref _lastKey), cancellationToken);
    }
}
