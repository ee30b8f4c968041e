namespace Evently.Shared.Messaging.Instances;

/// <summary>
/// Which instances run on the table, and who of them does what one is enough for: sweeping a shard of an outbox, waking what is due in a shard. Views of
/// two instances may differ for some seconds, so what is shared out may be done twice then, or late; never not at all.
/// </summary>
internal interface IInstances
{
    /// <summary>This instance's id, new at every start.</summary>
    string Self { get; }

    /// <summary>Whether the others send to the same queues; they differ during an upgrade that adds a module.</summary>
    bool IsUniform { get; }

    /// <summary>Whether the shard is this instance's.</summary>
    bool IsMine(int shard);

    /// <summary>The same among those only who know all of these queues.</summary>
    bool IsMine(int shard, IReadOnlyList<string> queues);

    /// <summary>Whether anybody knows all of these queues.</summary>
    bool IsKnown(IReadOnlyList<string> queues);

    /// <summary>Whether all that run can do this; older versions can't do what is new.</summary>
    bool AllCan(string ability);

    /// <summary>Whether that instance runs no more.</summary>
    bool IsGone(string instance);

    /// <summary>Says that this instance runs, and looks who else does.</summary>
    Task<int> RunOnceAsync(CancellationToken cancellationToken);

    /// <summary>Says that it runs no more.</summary>
    Task LeaveAsync(CancellationToken cancellationToken);
}

/// <summary>The one instance of a store that one process has to itself.</summary>
internal sealed class SoleInstance(Hosting.MessageTopology topology, Ids.IdGenerator ids) : IInstances
{
    public string Self { get; } = ids.Next().ToString();

    public bool IsUniform => true;

    public bool IsMine(int shard) => true;

    public bool IsMine(int shard, IReadOnlyList<string> queues) => IsKnown(queues);

    public bool IsKnown(IReadOnlyList<string> queues) => queues.All(topology.Queues.Contains);

    public bool AllCan(string ability) => true;

    public bool IsGone(string instance) => instance != Self;

    public Task<int> RunOnceAsync(CancellationToken cancellationToken) => Task.FromResult(0);

    public Task LeaveAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
