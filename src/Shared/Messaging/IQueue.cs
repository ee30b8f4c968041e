namespace Evently.Shared.Messaging;

/// <summary>A message as the queue sees it: MassTransit's envelope as UTF-8 JSON and a few headers.</summary>
/// <param name="Id">Stable across retries of the same publish.</param>
/// <param name="Group">Fair-queue group.</param>
/// <param name="TraceParent">W3C trace context of the publisher, or null.</param>
public sealed record QueueMessage(string Id, string Group, string Body, string? TraceParent);

/// <summary>A received message. Until its visibility ends nobody else receives it; the receipt is what deletes or extends it.</summary>
/// <param name="ReceiveCount">How often it has been received, this time included.</param>
public sealed record ReceivedMessage(QueueMessage Message, string Receipt, int ReceiveCount, DateTimeOffset SentAt);

/// <summary>Figures for operations; approximate on SQS.</summary>
/// <param name="Depth">Messages that wait.</param>
/// <param name="InFlight">Received and not yet deleted.</param>
/// <param name="OldestAge">Age of the oldest waiting message; null when unknown or empty.</param>
/// <param name="DeadLetters">Messages in the dead-letter queue.</param>
public sealed record QueueFigures(int Depth, int InFlight, TimeSpan? OldestAge, int DeadLetters);

/// <summary>
/// One durable queue with the semantics of SQS: at least once, unordered, visibility time-outs, a dead-letter queue behind it. Engines: SQLite, SQS.
/// What it holds in memory follows what it has stored, never ahead of it: a call that throws has changed nothing, or is safe to repeat.
/// </summary>
public interface IQueue
{
    string Name { get; }

    /// <summary>
    /// Stores the messages; when the task completes, those not named in the answer are durable. Any number; the engine batches.
    /// </summary>
    /// <returns>Indexes of the messages that were not stored.</returns>
    ValueTask<IReadOnlyList<int>> SendAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken);

    /// <summary>Waits up to <paramref name="wait"/> for messages. Those received <see cref="QueueLimits.MaxReceives"/> times already go to the dead-letter queue instead.</summary>
    ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int max, TimeSpan wait, TimeSpan visibility, CancellationToken cancellationToken);

    /// <summary>Removes messages for good. A receipt that no longer counts is passed over: the message was received again meanwhile.</summary>
    /// <exception cref="QueueUnavailableException">Some may not have been deleted; the same call again is safe.</exception>
    ValueTask DeleteAsync(IReadOnlyList<ReceivedMessage> messages, CancellationToken cancellationToken);

    /// <summary>Makes messages invisible for another <paramref name="visibility"/> from now; zero hands them back at once.</summary>
    /// <exception cref="QueueUnavailableException">Some may not have been changed; the same call again is safe.</exception>
    ValueTask ChangeVisibilityAsync(IReadOnlyList<ReceivedMessage> messages, TimeSpan visibility, CancellationToken cancellationToken);

    /// <summary>Hands messages back as if they had just been sent, with a delay and a fresh receive count: for what is not their own fault.</summary>
    /// <exception cref="QueueUnavailableException">Some may come back by the end of their visibility instead, with this receive counted.</exception>
    ValueTask DeferAsync(IReadOnlyList<ReceivedMessage> messages, TimeSpan delay, CancellationToken cancellationToken);

    /// <summary>Moves messages to the dead-letter queue now.</summary>
    /// <exception cref="QueueUnavailableException">Some may come back by the end of their visibility instead.</exception>
    ValueTask BuryAsync(IReadOnlyList<ReceivedMessage> messages, CancellationToken cancellationToken);

    ValueTask<QueueFigures> FiguresAsync(CancellationToken cancellationToken);

    /// <summary>Moves up to <paramref name="max"/> dead letters back to the queue with a fresh receive count.</summary>
    /// <returns>How many were moved.</returns>
    ValueTask<int> RedriveAsync(int max, CancellationToken cancellationToken);
}

/// <summary>The queue did not do all that it was asked.</summary>
public sealed class QueueUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Opens queues by name, making them and their dead-letter queues when they are missing.</summary>
public interface IQueueTransport
{
    ValueTask<IQueue> OpenAsync(string name, CancellationToken cancellationToken);
}

/// <summary>Bounds that hold on every transport.</summary>
public static class QueueLimits
{
    /// <summary>Deliveries before a message is dead that a handler fails on each time.</summary>
    public const int MaxFailures = 5;

    /// <summary>
    /// Deliveries before the queue itself calls a message dead that nobody finishes or gives back: the net for messages that kill their process. Wide, since
    /// processes die of other things too, several times in a row when something is wrong with all of them, and what they had in hand counts each time.
    /// </summary>
    public const int MaxReceives = 20;

    /// <summary>SQS's longest delay of a message.</summary>
    public static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(15);

    /// <summary>SQS's batch.</summary>
    public const int BatchEntries = 10;

    /// <summary>SQS's message bound, body and attributes, with room for the envelope's headers.</summary>
    public const int MessageBytes = 240 * 1024;
}
