using System.Collections.Concurrent;
using System.Runtime.Serialization;
using System.Text.Json;
using Evently.Shared.Ids;
using Evently.Shared.Messaging.Hosting;
using Evently.Shared.Storage;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Messaging.Pump;

/// <summary>
/// Takes messages from a module's queue, a bounded number at a time, and runs them through the module's consumers. A message is deleted after its
/// handlers have committed; one that fails is hidden for a growing pause and, after <see cref="QueueLimits.MaxFailures"/> failures, dead. What is
/// not the message's fault never counts: while the store is down its lease is held, and a type that only a newer process knows is left to that one.
/// </summary>
internal sealed partial class QueuePump(
    ModuleIdentity module,
    ModuleReceiver receiver,
    QueueSet queues,
    MessagingOptions options,
    MessagingMetrics metrics,
    IdGenerator ids,
    TimeProvider time,
    ILogger<QueuePump> logger) : IDisposable
{
    private readonly SemaphoreSlim _free = new(options.Concurrency, options.Concurrency);
    private readonly ConcurrentDictionary<string, InFlight> _inFlight = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _abort = new();
    private readonly DeleteBatches _deletes = new(time, logger);
    private readonly StoreWatch _store = new(time);
    private readonly FailureCounts _failures = new(time);

    /// <summary>Messages that are being handled in this process.</summary>
    public int Running => _inFlight.Count;

    /// <summary>
    /// Receives one batch and starts its handlers. Waits for a free place first, then up to <paramref name="wait"/> for messages.
    /// </summary>
    /// <returns>How many handlers were started.</returns>
    public async Task<int> ReceiveOnceAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        var queue = await queues.OpenAsync(module.QueueName, cancellationToken);
        await _store.WaitAsync(cancellationToken);
        await _free.WaitAsync(cancellationToken);
        var places = 1;
        while (!_store.IsDown && places < QueueLimits.BatchEntries && _free.Wait(0, CancellationToken.None))
            places++;
        var started = 0;
        try
        {
            var messages = await queue.ReceiveAsync(places, wait, options.Visibility, cancellationToken);
            foreach (var message in messages)
            {
                var inFlight = new InFlight(message, time.GetTimestamp());
                _inFlight[message.Receipt] = inFlight;
                started++;
                inFlight.Handling = HandleAsync(queue, inFlight);
            }
        }
        finally
        {
            if (started < places)
                _free.Release(places - started);
        }

        return started;
    }

    /// <summary>Receives one batch without waiting and handles it to the end; for stepping.</summary>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var started = await ReceiveOnceAsync(TimeSpan.Zero, cancellationToken);
        await Task.WhenAll(_inFlight.Values.Select(inFlight => inFlight.Handling));
        return started;
    }

    /// <summary>Extends the visibility of what is still being handled and has used half of it.</summary>
    /// <returns>How many messages were extended.</returns>
    public async Task<int> RenewOnceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetTimestamp();
        var due = _inFlight.Values.Where(inFlight => time.GetElapsedTime(inFlight.LeasedAt, now) > options.Visibility / 2).ToList();
        if (due.Count == 0)
            return 0;
        var queue = await queues.OpenAsync(module.QueueName, cancellationToken);
        await queue.ChangeVisibilityAsync(due.ConvertAll(inFlight => inFlight.Message), options.Visibility, cancellationToken);
        foreach (var inFlight in due)
            inFlight.LeasedAt = now;
        return due.Count;
    }

    /// <summary>
    /// Waits, bounded, for the running handlers; what still runs then is cancelled and handed back to the queue. Never throws: what can't be handed
    /// back comes again by the end of its visibility.
    /// </summary>
    /// <param name="enough">Ends the waiting.</param>
    public async Task StopAsync(CancellationToken enough)
    {
        await _deletes.StopAsync();
        await Task.WhenAll(_inFlight.Values.Where(inFlight => !inFlight.Waits).Select(inFlight => inFlight.Handling))
            .WaitAsync(enough).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var left = _inFlight.Values.ToList();
        if (left.Count == 0)
            return;
        await _abort.CancelAsync();
        Log.HandedBack(logger, left.Count, module.QueueName);
        try
        {
            var queue = await queues.OpenAsync(module.QueueName, CancellationToken.None);
            await queue.ChangeVisibilityAsync(Messages(left, wasUnserved: false), TimeSpan.Zero, CancellationToken.None);
            await queue.DeferAsync(Messages(left, wasUnserved: true), TimeSpan.Zero, CancellationToken.None);
        }
#pragma warning disable CA1031 // The process stops, whatever the queue says.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.NotHandedBack(logger, module.QueueName, exception);
        }
    }

    public void Dispose()
    {
        _abort.Dispose();
        _deletes.Dispose();
        _free.Dispose();
    }

    private static List<ReceivedMessage> Messages(List<InFlight> left, bool wasUnserved) =>
        [.. left.Where(inFlight => inFlight.WasUnserved == wasUnserved).Select(inFlight => inFlight.Message)];

    private async Task HandleAsync(IQueue queue, InFlight inFlight)
    {
        // Leave the receiver's stack: handlers of one batch run side by side.
        await Task.Yield();
        try
        {
            await DispatchAsync(inFlight);
            _failures.Forget(inFlight.Message.Message.Id);
            if (await _deletes.DeleteAsync(queue, inFlight.Message))
                metrics.Handled(module.Name);
        }
        catch (OperationCanceledException) when (_abort.IsCancellationRequested)
        {
            // Handed back by StopAsync.
        }
#pragma warning disable CA1031 // Whatever a handler threw: the queue delivers again, and a message that never works ends in the dead-letter queue.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            await GiveBackAsync(queue, inFlight.Message, exception);
        }
        finally
        {
            _inFlight.TryRemove(inFlight.Message.Receipt, out _);
            _free.Release();
        }
    }

    private async Task DispatchAsync(InFlight inFlight)
    {
        var started = time.GetTimestamp();
        var (refused, unserved) = (0, 0);
        while (true)
        {
            try
            {
                await receiver.HandleAsync(inFlight.Message.Message, inFlight.Message.ReceiveCount, _abort.Token);
                if (_store.Served())
                    Log.StoreIsBack(logger, module.QueueName);
                return;
            }
            catch (CommitRefusedException) when (++refused < Patience.RefusedAttempts)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1 + ids.NextInt(Patience.RefusedPauseMilliseconds(refused))), time, _abort.Token);
            }
            catch (TableUnavailableException exception) when (exception is not CommitRefusedException && time.GetElapsedTime(started) < Patience.WithStore)
            {
                if (_store.NotServed())
                    Log.StoreIsDown(logger, module.QueueName, exception);
                (inFlight.WasUnserved, inFlight.Waits) = (true, true);
                await Task.Delay(Jittered(Patience.StorePause(unserved++)), time, _abort.Token);
                inFlight.Waits = false;
            }
        }
    }

    private async Task GiveBackAsync(IQueue queue, ReceivedMessage message, Exception exception)
    {
        metrics.Failed(module.Name);
        try
        {
            if (exception is TableUnavailableException and not CommitRefusedException)
            {
                await queue.DeferAsync([message], Jittered(Patience.LongestStorePause), CancellationToken.None);
            }
            else if (exception is ServiceUnavailableException)
            {
                var wait = Jittered(Patience.ByAge(AgeOf(message)));
                Log.Waits(logger, message.Message.Id, module.QueueName, wait, exception);
                await queue.DeferAsync([message], wait, CancellationToken.None);
            }
            else if (exception is MessageNotConsumedException && Patience.UnknownType(AgeOf(message)) is { } pause)
            {
                Log.Unknown(logger, message.Message.Id, module.QueueName, pause);
                await queue.DeferAsync([message], Jittered(pause), CancellationToken.None);
            }
            else if (IsHopeless(exception))
            {
                await BuryAsync(queue, message, exception);
            }
            else
            {
                await RetryOrBuryAsync(queue, message, exception);
            }
        }
#pragma warning disable CA1031 // It becomes visible by itself when its visibility ends.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Log.NotGivenBack(logger, message.Message.Id, module.QueueName, failure);
        }
    }

    /// <summary>Since it was published: its id says when, however often it was sent.</summary>
    private TimeSpan AgeOf(ReceivedMessage message) =>
        (time.GetUtcNow() - (Ulid.TryParse(message.Message.Id, out var id) ? id.Time : message.SentAt)).Duration();

    /// <summary>Counts what this process saw fail: a delivery to one that was killed is no failure.</summary>
    private async Task RetryOrBuryAsync(IQueue queue, ReceivedMessage message, Exception exception)
    {
        var failures = _failures.Count(message.Message.Id);
        if (failures >= QueueLimits.MaxFailures || message.ReceiveCount >= QueueLimits.MaxReceives)
        {
            await BuryAsync(queue, message, exception);
            return;
        }

        var retry = Jittered(Patience.RetryPause(options.FirstRetry, failures));
        Log.Failed(logger, message.Message.Id, module.QueueName, failures, retry, exception);
        await queue.ChangeVisibilityAsync([message], retry, CancellationToken.None);
    }

    private async Task BuryAsync(IQueue queue, ReceivedMessage message, Exception exception)
    {
        await queue.BuryAsync([message], CancellationToken.None);
        _failures.Forget(message.Message.Id);
        metrics.Died(module.Name);
        Log.Dead(logger, message.Message.Id, module.QueueName, message.ReceiveCount, exception);
    }

    /// <summary>Nobody handles the message, or nobody can read it: another delivery changes nothing.</summary>
    private static bool IsHopeless(Exception exception) => exception is MessageNotConsumedException or SerializationException or JsonException;

    /// <summary>The pause, up to half as long again.</summary>
    private TimeSpan Jittered(TimeSpan pause) => pause + TimeSpan.FromMilliseconds(ids.NextInt(Math.Max(1, (int)(pause.TotalMilliseconds / 2))));

    private sealed class InFlight(ReceivedMessage message, long leasedAt)
    {
        public ReceivedMessage Message { get; } = message;

        /// <summary>A timestamp: the lease ends one visibility later.</summary>
        public long LeasedAt { get; set; } = leasedAt;

        /// <summary>Between two tries: a stop need not wait for it.</summary>
        public volatile bool Waits;

        /// <summary>Some try of it failed for the store; handed back, it is not counted.</summary>
        public volatile bool WasUnserved;

        public Task Handling { get; set; } = Task.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Message {Id} of {Queue} failed, {Failures} times by now; again in {Pause}")]
        public static partial void Failed(ILogger logger, string id, string queue, int failures, TimeSpan pause, Exception exception);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Message {Id} of {Queue} waits for something that does not serve now; again in {Pause}")]
        public static partial void Waits(ILogger logger, string id, string queue, TimeSpan pause, Exception exception);

        [LoggerMessage(Level = LogLevel.Error, Message = "Message {Id} of {Queue} can't be handled (delivery {Delivery}) and is a dead letter now")]
        public static partial void Dead(ILogger logger, string id, string queue, int delivery, Exception exception);

        [LoggerMessage(Level = LogLevel.Information, Message = "Message {Id} of {Queue} has a type that nobody handles here; left for {Pause} to a process that knows it")]
        public static partial void Unknown(ILogger logger, string id, string queue, TimeSpan pause);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The store does not serve the handlers of {Queue}; their messages wait, and no more are received")]
        public static partial void StoreIsDown(ILogger logger, string queue, Exception exception);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The store serves the handlers of {Queue} again")]
        public static partial void StoreIsBack(ILogger logger, string queue);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Message {Id} could not be given back to {Queue}; it comes again when its visibility ends")]
        public static partial void NotGivenBack(ILogger logger, string id, string queue, Exception exception);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} messages of {Queue} were still being handled at shutdown and were handed back")]
        public static partial void HandedBack(ILogger logger, int count, string queue);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Messages of {Queue} could not be handed back; they come again when their visibility ends")]
        public static partial void NotHandedBack(ILogger logger, string queue, Exception exception);
    }
}
