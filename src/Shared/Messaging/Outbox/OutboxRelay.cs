using System.Collections.Concurrent;
using System.Threading.Channels;
using Evently.Shared.Ids;
using Evently.Shared.Messaging.Hosting;
using Evently.Shared.Storage;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Messaging.Outbox;

/// <summary>
/// Carries committed messages of one module from its outbox to their queues and then removes the rows. A commit hands its messages over directly,
/// without a read; what does not fit, or fails for long, is left to the <see cref="OutboxSweeper"/> of this instance.
/// </summary>
internal sealed partial class OutboxRelay(ModuleTable table, SentMessages sent, QueueSet queues, TimeProvider time, ILogger<OutboxRelay> logger)
{
    /// <summary>Committed messages that wait in memory; more are found by the sweeper.</summary>
    public const int HandOverCapacity = 4_096;

    /// <summary>Messages whose rows could not be removed, remembered so that they are not sent again.</summary>
    private const int MostUnremoved = 10_000;

    private const int BatchMessages = 100;
    private const int SendAttempts = 4;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(25);

    /// <summary>Nobody waits for these messages: what they cause in other modules is seen later anyway.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(25);

    /// <summary>Then there is no need to wait: that many fill a request.</summary>
    private const int RequestMessages = 10;

    private readonly Channel<OutboxRow> _handOver = Channel.CreateBounded<OutboxRow>(HandOverCapacity);

    /// <summary>And whether they have a row.</summary>
    private readonly ConcurrentDictionary<Ulid, bool> _inHand = new();
    private readonly ConcurrentDictionary<Ulid, byte> _unremoved = new();
    private int _left;

    /// <summary>Messages that this process commits or has committed, and has not yet relayed.</summary>
    public int Depth => _inHand.Count;

    /// <summary>Of <see cref="Depth"/>, those that have no row.</summary>
    public int DepthWithoutRows => _inHand.Values.Count(hasRow => !hasRow);

    public TimeSpan? OldestAge
    {
        get
        {
            var now = time.GetUtcNow();
            TimeSpan? oldest = null;
            foreach (var id in _inHand.Keys)
            {
                var age = now - id.Time;
                if (oldest is null || age > oldest)
                    oldest = age;
            }

            return oldest;
        }
    }

    public bool IsInHand(Ulid id) => _inHand.ContainsKey(id);

    /// <summary>The rows are about to be committed: whoever sees them in the table leaves them alone.</summary>
    public void Expect(IReadOnlyList<OutboxRow> rows)
    {
        foreach (var row in rows)
            _inHand.TryAdd(row.Message.Id, row.Home is null);
    }

    /// <summary>The rows were not committed, as far as anybody knows.</summary>
    public void Forget(IReadOnlyList<OutboxRow> rows, bool mayBeThere)
    {
        foreach (var row in rows)
            _inHand.TryRemove(row.Message.Id, out _);
        if (mayBeThere && rows.Any(row => row.Home is null))
            LeaveToSweeper();
    }

    /// <summary>Takes expected rows over; those that do not fit stay where they are kept.</summary>
    public void HandOver(IReadOnlyList<OutboxRow> rows)
    {
        foreach (var row in rows)
        {
            if (_handOver.Writer.TryWrite(row))
                continue;
            if (row.Home is { } home)
            {
                home.Relayed(row.Message.Id, row.Message.Queues);
                continue;
            }

            _inHand.TryRemove(row.Message.Id, out _);
            LeaveToSweeper();
        }
    }

    /// <summary>Some row of this instance is in the table only.</summary>
    public void LeaveToSweeper() => Volatile.Write(ref _left, 1);

    /// <summary>Whether there may be such rows; from here on they are the caller's.</summary>
    public bool TakeLeft() => Interlocked.Exchange(ref _left, 0) == 1;

    /// <summary>Waits for a message, and then a little for others: a request of a queue, and a row of what was sent, cost the same for ten.</summary>
    public async ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        var isOpen = await _handOver.Reader.WaitToReadAsync(cancellationToken);
        if (_handOver.Reader.Count < RequestMessages)
            await Task.Delay(Gather, time, cancellationToken);
        return isOpen;
    }

    /// <summary>Relays one batch of what was handed over.</summary>
    /// <returns>How many messages it took.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var batch = new List<OutboxRow>();
        while (batch.Count < BatchMessages && _handOver.Reader.TryRead(out var row))
            batch.Add(row);
        var relayed = 0;
        try
        {
            relayed = await RelayAsync(batch, new ConcurrentDictionary<string, byte>(StringComparer.Ordinal), cancellationToken);
        }
        finally
        {
            var inRows = batch.FindAll(row => row.Home is null);
            if (relayed < batch.Count && inRows.Count > 0)
                LeaveToSweeper();
            foreach (var row in inRows)
                _inHand.TryRemove(row.Message.Id, out _);
        }

        return batch.Count;
    }

    /// <summary>
    /// Sends the messages to all their queues and removes the rows of those that all of them have; of the others the row keeps the queues that
    /// are left, so that one that fails does not flood the healthy ones.
    /// </summary>
    /// <param name="failing">Queues that took nothing lately: they are not tried. Those that take nothing now are added.</param>
    /// <returns>How many left the outbox.</returns>
    public async Task<int> RelayAsync(IReadOnlyList<OutboxRow> rows, ConcurrentDictionary<string, byte> failing, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
            return 0;
        var missing = new ConcurrentDictionary<(Ulid Id, string Queue), byte>();
        var byQueue = rows
            .Where(row => !_unremoved.ContainsKey(row.Message.Id))
            .SelectMany(row => row.Message.Queues.Select(queue => (queue, row.Message)))
            .GroupBy(pair => pair.queue, pair => pair.Message, StringComparer.Ordinal);
        await Task.WhenAll(byQueue.Select(group => SendAsync(group.Key, [.. group], missing, failing, cancellationToken)));

        var outcomes = rows.Select(row => (Row: row, Left: LeftOf(row, missing))).ToList();
        var gone = outcomes.Where(outcome => outcome.Left.Count == 0).Select(outcome => outcome.Row).ToList();
        var changed = outcomes.Where(outcome => outcome.Left.Count < outcome.Row.Message.Queues.Count).ToList();
        try
        {
            await sent.KeepAsync(changed.ConvertAll(outcome => outcome.Row.Message with { Queues = [.. outcome.Row.Message.Queues.Except(outcome.Left)] }), cancellationToken);
            var writes = changed.Where(outcome => outcome.Row.Home is null)
                .Select(outcome => outcome.Left.Count == 0 ? OutboxRows.Delete(outcome.Row) : OutboxRows.Keep(outcome.Row, outcome.Left))
                .ToList();
            if (writes.Count > 0)
                await table.WriteManyAsync(writes, cancellationToken);
        }
        catch
        {
            if (_unremoved.Count < MostUnremoved)
                gone.ForEach(row => _unremoved.TryAdd(row.Message.Id, 0));
            outcomes.ForEach(outcome => outcome.Row.Home?.Relayed(outcome.Row.Message.Id, outcome.Row.Message.Queues));
            throw;
        }

        gone.ForEach(row => _unremoved.TryRemove(row.Message.Id, out _));
        foreach (var (row, left) in outcomes.Where(outcome => outcome.Row.Home is not null))
        {
            if (left.Count == 0)
                _inHand.TryRemove(row.Message.Id, out _);
            row.Home!.Relayed(row.Message.Id, left);
        }

        return gone.Count;
    }

    private static List<string> LeftOf(OutboxRow row, ConcurrentDictionary<(Ulid Id, string Queue), byte> missing) =>
        [.. row.Message.Queues.Where(queue => missing.ContainsKey((row.Message.Id, queue)))];

    private async Task SendAsync(
        string queueName,
        List<OutgoingMessage> messages,
        ConcurrentDictionary<(Ulid Id, string Queue), byte> missing,
        ConcurrentDictionary<string, byte> failing,
        CancellationToken cancellationToken)
    {
        var left = messages;
        Exception? cause = null;
        for (var attempt = 1; !failing.ContainsKey(queueName) && left.Count > 0; attempt++)
        {
            try
            {
                var queue = await queues.OpenAsync(queueName, cancellationToken);
                var refused = await queue.SendAsync(left.ConvertAll(message => message.ToQueueMessage()), cancellationToken);
                left = [.. refused.Select(index => left[index])];
            }
#pragma warning disable CA1031 // Whatever the queue threw, the messages are still in the outbox and will be sent again.
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                cause = exception;
            }

            if (left.Count == 0)
                return;
            if (attempt < SendAttempts)
            {
                await Task.Delay(FirstRetry * (1 << (attempt - 1)), time, cancellationToken);
                continue;
            }

            Log.NotSent(logger, left.Count, queueName, cause);
            if (left.Count == messages.Count)
                failing.TryAdd(queueName, 0);
            break;
        }

        foreach (var message in left)
            missing.TryAdd((message.Id, queueName), 0);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} messages could not be sent to {Queue}; they stay in the outbox")]
        public static partial void NotSent(ILogger logger, int count, string queue, Exception? exception);
    }
}
