using System.Collections.Concurrent;
using System.Diagnostics;
using Evently.Shared.Storage;

namespace Evently.Testing.Costs;

/// <summary>
/// Counts what table and queues are asked, by call, step and key. A call's trace goes on in the messages and sagas that the call causes; what loops do by
/// themselves has none. A row of the outbox is removed, and the record of what was sent is made, by a loop; both count where the row was written.
/// </summary>
/// <param name="traceWriters">Also say which class asked: costs a stack trace for each.</param>
public sealed class CostMeter(bool traceWriters = false)
{
    private const string Outbox = "#OUT#";
    private const string SentRecord = "#SENT#";
    private readonly ConcurrentDictionary<ActivityTraceId, string> _calls = new();
    private readonly Dictionary<ItemKey, string?> _outbox = [];
    private string? _sender;
    private readonly Lock _gate = new();
    private readonly AsyncLocal<string?> _writer = new();
    private Dictionary<CostLine, (int Times, Cost Cost)> _lines = [];

    /// <summary>Everything under this trace belongs to the call.</summary>
    public void Begin(ActivityTraceId trace, string call) => _calls[trace] = call;

    /// <summary>
    /// Notes who asks, for a table that lets time pass before it is metered: by then the stack is gone. Holds for the asynchronous method that calls it.
    /// </summary>
    public void Enter()
    {
        if (traceWriters)
            _writer.Value = CostStep.WriterOf(new StackTrace());
    }

    /// <summary>What was counted since the last time.</summary>
    public IReadOnlyList<CostEntry> Take()
    {
        lock (_gate)
        {
            var taken = _lines;
            _lines = [];
            return [.. taken.Select(line => new CostEntry(line.Key, line.Value.Times, line.Value.Cost))];
        }
    }

    public void Read(string operation, string partition, decimal units) =>
        Add(CallOf(Activity.Current), CostStep.Of(Activity.Current), operation, partition, new Cost(0, units, 0, 0));

    /// <param name="after">As the write left it.</param>
    /// <param name="charges">Of <see cref="Units.OfWrite"/>.</param>
    public void Written(string operation, ItemKey key, Item? after, IReadOnlyList<Charge> charges)
    {
        var (call, step) = (CallOf(Activity.Current), CostStep.Of(Activity.Current));
        lock (_gate)
        {
            if (key.Partition.Contains(Outbox, StringComparison.Ordinal))
            {
                if (after is not null)
                    _outbox[key] = call;
                else if (_outbox.Remove(key, out var author))
                    (call, step) = (author, CostStep.Relay);
            }
            else if (key.Partition.IndexOf(SentRecord, StringComparison.Ordinal) is > 0 and var end)
            {
                (call, step) = (AuthorOf(key.Partition[..end]), CostStep.Relay);
            }
        }

        Add(call, step, operation, key.Partition, new Cost(charges.Sum(charge => charge.Units), 0, 0, 0));
    }

    /// <summary>A request to a queue.</summary>
    /// <param name="traceParents">Of the messages in it.</param>
    /// <param name="isSent">The messages are new.</param>
    public void Asked(string operation, string queue, IReadOnlyList<string?> traceParents, int requests, bool isSent)
    {
        // A batch may carry messages of several calls; its requests count for the first of them that is measured.
        var call = traceParents.Select(CallOf).FirstOrDefault(call => call is not null);
        if (isSent && call is not null)
            _sender = call;
        foreach (var sent in isSent ? traceParents.Select(CallOf) : [])
            Add(sent, CostStep.Relay, operation, queue, new Cost(0, 0, 1, 0), times: 0);
        Add(call, CostStep.Relay, operation, queue, new Cost(0, 0, 0, requests));
    }

    /// <summary>
    /// The record is made after the messages were sent, and before their rows, if they have any, are removed; of several calls in one batch it is the first one's.
    /// </summary>
    private string? AuthorOf(string prefix)
    {
        foreach (var (key, call) in _outbox)
        {
            if (call is not null && key.Partition.StartsWith(prefix, StringComparison.Ordinal))
                return call;
        }

        return _sender;
    }

    private string? CallOf(Activity? activity) => activity is null ? null : _calls.GetValueOrDefault(activity.TraceId);

    private string? CallOf(string? traceParent) =>
        ActivityContext.TryParse(traceParent, null, out var context) ? _calls.GetValueOrDefault(context.TraceId) : null;

    private void Add(string? call, string step, string operation, string name, Cost cost, int times = 1)
    {
        var line = new CostLine(call, step, operation, PatternOf(name), WriterNow());
        lock (_gate)
        {
            var known = _lines.GetValueOrDefault(line);
            _lines[line] = (known.Times + times, known.Cost + cost);
        }
    }

    private string WriterNow() => traceWriters ? _writer.Value ?? CostStep.WriterOf(new StackTrace()) : "";

    /// <summary>A partition's first two words tell what it holds; the rest are ids and shards.</summary>
    private static string PatternOf(string partition)
    {
        var first = partition.IndexOf('#', StringComparison.Ordinal);
        var second = first < 0 ? -1 : partition.IndexOf('#', first + 1);
        return second < 0 ? partition : partition[..second];
    }
}
