using System.Diagnostics;
using System.Text;
using Evently.Shared.Ids;
using Evently.Shared.Messaging.Hosting;
using Evently.Shared.Messaging.Local;
using Evently.Shared.Messaging.Outbox;
using Evently.Shared.Storage;

namespace Evently.Shared.Messaging;

/// <summary>
/// What a unit of work has collected: writes, messages for queues, and local ones (posted after the commit). Thread-safe, because several consumers
/// of one message run side by side and share it.
/// </summary>
internal sealed class PendingCommit(
    ModuleIdentity module,
    IMessageCommit commit,
    MessageTopology topology,
    LocalBacklog backlog,
    IdGenerator ids,
    TimeProvider time)
{
    /// <summary>Before compression, of the 400 KB of an item.</summary>
    private const int MostKeptCharacters = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly List<Write> _writes = [];
    private readonly List<OutgoingMessage> _messages = [];
    private readonly List<LocalMessage> _local = [];
    private readonly List<Action> _whenApplied = [];
    private Delivery? _delivery;
    private IMessageHome? _home;

    /// <summary>Nothing durable has been collected.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate)
                return _writes.Count == 0 && _messages.Count == 0;
        }
    }

    /// <summary>Group of the messages that the state machine publishes; theirs is not known before the instance is.</summary>
    public string? SagaGroup { get; set; }

    /// <summary>There are no writes, and messages only that one item has room for.</summary>
    public bool IsMessagesOnly
    {
        get
        {
            lock (_gate)
                return _writes.Count == 0 && _messages.Sum(message => message.Body.Length) <= MostKeptCharacters;
        }
    }

    /// <summary>The messages for queues that it has so far.</summary>
    public IReadOnlyList<OutgoingMessage> Messages
    {
        get
        {
            lock (_gate)
                return _messages.ConvertAll(Grouped);
        }
    }

    public void Enter(Delivery delivery) => _delivery = delivery;

    public void Add(Write write)
    {
        lock (_gate)
        {
            EnsureRoom();
            _writes.Add(write);
        }
    }

    /// <summary>A message that was committed before, and is not known to have been sent.</summary>
    public void Add(OutgoingMessage message)
    {
        lock (_gate)
        {
            EnsureRoom();
            _messages.Add(message);
        }
    }

    /// <summary>A write of this commit stores these messages, which take the place of those that it has.</summary>
    public void KeepAt(IMessageHome home, IReadOnlyList<OutgoingMessage> messages)
    {
        lock (_gate)
        {
            _home = home;
            _messages.Clear();
            _messages.AddRange(messages);
        }
    }

    /// <summary>Called after the commit was applied.</summary>
    public void WhenApplied(Action action)
    {
        lock (_gate)
            _whenApplied.Add(action);
    }

    public void Publish(object message, string? group)
    {
        var traceParent = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null;
        if (message is ILocalMessage local)
        {
            lock (_gate)
                _local.Add(new LocalMessage(local, traceParent));
            return;
        }

        var type = Envelope.TypeUrn(message.GetType());
        var queues = topology.QueuesOf(type);
        if (queues.Count == 0)
            return;
        var id = ids.Next();
        var body = Envelope.Write(id, _delivery?.ConversationId, _delivery?.MessageId, message, time.GetUtcNow());
        if (Encoding.UTF8.GetByteCount(body) > QueueLimits.MessageBytes)
            throw new ArgumentException($"The message {message.GetType().Name} is larger than {QueueLimits.MessageBytes} bytes.", nameof(message));
        lock (_gate)
        {
            EnsureRoom();
            _messages.Add(new OutgoingMessage(id, type, queues, group ?? "", body, traceParent));
        }
    }

    public async ValueTask<TransactionResult> CommitAsync(CancellationToken cancellationToken)
    {
        var messages = _messages.ConvertAll(Grouped);
        var local = _local.ToArray();
        var writes = _writes.ToArray();
        var whenApplied = _whenApplied.ToArray();
        var home = _home;
        Clear();

        var result = await commit.CommitAsync(writes, messages, home, cancellationToken);
        if (result.Applied)
        {
            foreach (var action in whenApplied)
                action();
            foreach (var message in local)
                backlog.TryPost(message);
        }

        return result;
    }

    /// <summary>Commits after the handler returned; a refusal throws.</summary>
    /// <exception cref="CommitRefusedException"/>
    public async ValueTask CommitAfterHandlingAsync(CancellationToken cancellationToken)
    {
        var keys = _writes.ConvertAll(write => write.Key);
        var result = await CommitAsync(cancellationToken);
        if (!result.Applied)
            throw new CommitRefusedException([.. result.Refused.Where(index => index < keys.Count).Select(index => keys[index].ToString())]);
    }

    private OutgoingMessage Grouped(OutgoingMessage message) => message.Group.Length == 0 ? message with { Group = DefaultGroup() } : message;

    private string DefaultGroup() => SagaGroup ?? _delivery?.Group ?? module.Name;

    private void EnsureRoom()
    {
        if (_writes.Count + _messages.Count >= TableLimits.TransactionWrites)
            throw new InvalidOperationException($"A transaction has at most {TableLimits.TransactionWrites} writes, outbox rows included.");
    }

    private void Clear()
    {
        _writes.Clear();
        _messages.Clear();
        _local.Clear();
        _whenApplied.Clear();
        _home = null;
        SagaGroup = null;
    }
}
