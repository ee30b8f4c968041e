using Evently.Shared.Messaging.Hosting;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Messaging.Local;

/// <summary>
/// Local messages of one module that wait for their turn in this process. A worker begins with a message and ends when its lane is empty: lanes
/// that are idle have none, and a post wakes nobody else.
/// </summary>
internal sealed partial class LocalBacklog(LocalDispatcher dispatcher, ILogger<LocalBacklog> logger)
{
    /// <summary>Messages that may wait in one lane.</summary>
    public const int Capacity = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<LocalLane, LaneState> _lanes = [];
    private CancellationToken? _working;

    /// <summary>Waiting and being handled.</summary>
    public int Depth
    {
        get
        {
            lock (_gate)
                return _lanes.Values.Sum(lane => lane.Known.Count);
        }
    }

    /// <summary>The same, by lane; of every lane that was ever used.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> Depths
    {
        get
        {
            lock (_gate)
                return [.. _lanes.Select(lane => KeyValuePair.Create(lane.Key.Name, lane.Value.Known.Count))];
        }
    }

    /// <summary>Being handled.</summary>
    public int Running
    {
        get
        {
            lock (_gate)
                return _lanes.Values.Sum(lane => lane.Running);
        }
    }

    /// <summary>Handles what waits and what is posted from now on, in the background.</summary>
    public void Start(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _working = cancellationToken;
            foreach (var lane in _lanes.Values)
                StartWorkers(lane);
        }
    }

    /// <summary>False when the lane is full: the due index issues the message again.</summary>
    public bool TryPost(LocalMessage message)
    {
        lock (_gate)
        {
            var lane = LaneOf(message);
            if (lane.Known.TryGetValue(message.Message, out var known))
            {
                if (known.IsRunning)
                    known.Again = message;
                return true;
            }

            if (lane.Waiting.Count >= Capacity)
            {
                if (!lane.IsFull)
                    Log.Full(logger, lane.Lane.Name, message.Message.GetType().Name);
                lane.IsFull = true;
                return false;
            }

            lane.Known.Add(message.Message, new Known());
            lane.Waiting.Enqueue(message);
            StartWorkers(lane);
            return true;
        }
    }

    /// <summary>Handles one waiting message of any lane to its end; for stepping.</summary>
    /// <returns>1, or 0 when nothing waited.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        LaneState? lane;
        LocalMessage? message = null;
        lock (_gate)
        {
            lane = _lanes.Values.FirstOrDefault(each => each.Waiting.Count > 0);
            if (lane is not null)
                message = Take(lane);
        }

        if (lane is null || message is null)
            return 0;
        await HandleAsync(lane, message, cancellationToken);
        return 1;
    }

    private LaneState LaneOf(LocalMessage message)
    {
        var lane = message.Message.Lane;
        if (!_lanes.TryGetValue(lane, out var state))
            _lanes.Add(lane, state = new LaneState(lane));
        return state;
    }

    private void StartWorkers(LaneState lane)
    {
        if (_working is not { } stop)
            return;
        for (; lane.Workers < lane.Lane.Concurrency && lane.Workers < lane.Running + lane.Waiting.Count; lane.Workers++)
            ThreadPool.UnsafeQueueUserWorkItem(static worker => _ = worker.Backlog.WorkAsync(worker.Lane, worker.Stop), (Backlog: this, Lane: lane, Stop: stop), preferLocal: false);
    }

    private async Task WorkAsync(LaneState lane, CancellationToken stop)
    {
        while (true)
        {
            LocalMessage? message;
            lock (_gate)
            {
                if (lane.Waiting.Count == 0 || stop.IsCancellationRequested)
                {
                    lane.Workers--;
                    return;
                }

                message = Take(lane);
            }

            await HandleAsync(lane, message, stop);
        }
    }

    private static LocalMessage Take(LaneState lane)
    {
        var message = lane.Waiting.Dequeue();
        lane.Known[message.Message].IsRunning = true;
        lane.IsFull = false;
        lane.Running++;
        return message;
    }

    /// <summary>What fails is logged and dropped: the due index issues it again.</summary>
    private async Task HandleAsync(LaneState lane, LocalMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await dispatcher.DispatchAsync(message, cancellationToken);
        }
#pragma warning disable CA1031 // A local message is no promise; one that fails must not stop the worker.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.Failed(logger, message.Message.GetType().Name, exception);
        }

        lock (_gate)
        {
            lane.Running--;
            var known = lane.Known[message.Message];
            if (known.Again is { } again)
            {
                (known.Again, known.IsRunning) = (null, false);
                lane.Waiting.Enqueue(again);
                StartWorkers(lane);
            }
            else
            {
                lane.Known.Remove(message.Message);
            }
        }
    }

    private sealed class LaneState(LocalLane lane)
    {
        public LocalLane Lane { get; } = lane;

        public Queue<LocalMessage> Waiting { get; } = new();

        /// <summary>Everything that waits or runs; equal messages are one.</summary>
        public Dictionary<ILocalMessage, Known> Known { get; } = [];

        public int Running { get; set; }

        /// <summary>At work, or on their way to the next message.</summary>
        public int Workers { get; set; }

        public bool IsFull { get; set; }
    }

    private sealed class Known
    {
        public bool IsRunning { get; set; }

        /// <summary>The same message came while this one was at work: what it saw may be old by now.</summary>
        public LocalMessage? Again { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Handling the local message {Type} failed; the due index will issue it again")]
        public static partial void Failed(ILogger logger, string type, Exception exception);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The lane {Lane} of local messages is full; a {Type} and what follows it is left to the due index")]
        public static partial void Full(ILogger logger, string lane, string type);
    }
}
