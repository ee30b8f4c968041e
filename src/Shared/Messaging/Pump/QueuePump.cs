using System.Collections.Concurrent;
using Evently.Shared.Ids;
using Evently.Shared.Messaging.Hosting;
using Evently.Shared.Storage;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Messaging.Pump;

/// <summary>
/// Takes messages from a module's queue, a bounded number at a time, and runs them through the module's consumers. A message is deleted after its
/// handlers have committed; one that fails is hidden for a growing pause and, received <see cref="QueueLimits.MaxReceives"/> times, dead.
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
    private const int InfrastructureAttempts = 6;
    private static readonly TimeSpan FirstInfrastructurePause = TimeSpan.FromMilliseconds(50);
    private readonly SemaphoreSlim _free = new(options.Concurrency, options.Concurrency);
    private readonly ConcurrentDictionary<string, InFlight> _inFlight = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _abort = new();
    private readonly DeleteBatches _deletes = new();

    /// <summary>Messages that are being handled in this process.</summary>
    public int Running => _inFlight.Count;

    /// <summary>
    /// Receives one batch and starts its handlers. Waits for a free place first, then up to <paramref name="wait"/> for messages.
    /// </summary>
    /// <returns>How many handlers were started.</returns>
    public async Task<int> ReceiveOnceAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        var queue = await queues.OpenAsync(module.QueueName, cancellationToken);
        await _free.WaitAsync(cancellationToken);
        var places = 1;
        while (places < QueueLimits.BatchEntries && _free.Wait(0, CancellationToken.None))
            places++;
        var started = 0;
        try
        {
            var messages = await queue.ReceiveAsync(places, wait, options.Visibility, cancellationToken);
            foreach (var message in messages)
            {
                var inFlight = new InFlight(message, time.GetUtcNow() + options.Visibility);
                _inFlight[message.Receipt] = inFlight;
                started++;
                inFlight.Handling = HandleAsync(queue, message);
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
        var now = time.GetUtcNow();
        var due = _inFlight.Values.Where(inFlight => inFlight.VisibleAt - now < options.Visibility / 2).ToList();
        if (due.Count == 0)
            return 0;
        var queue = await queues.OpenAsync(module.QueueName, cancellationToken);
        await queue.ChangeVisibilityAsync(due.ConvertAll(inFlight => inFlight.Message), options.Visibility, cancellationToken);
        foreach (var inFlight in due)
            inFlight.VisibleAt = now + options.Visibility;
        return due.Count;
    }

    /// <summary>Waits, bounded, for the running handlers; what still runs then is cancelled and handed back to the queue.</summary>
    public async Task StopAsync()
    {
        var running = Task.WhenAll(_inFlight.Values.Select(inFlight => inFlight.Handling));
        using var enough = new CancellationTokenSource();
        await Task.WhenAny(running, Task.Delay(options.Shutdown, time, enough.Token));
        await enough.CancelAsync();
        var left = _inFlight.Values.Select(inFlight => inFlight.Message).ToList();
        if (left.Count == 0)
            return;
        await _abort.CancelAsync();
        Log.HandedBack(logger, left.Count, module.QueueName);
        var queue = await queues.OpenAsync(module.QueueName, CancellationToken.None);
        await queue.ChangeVisibilityAsync(left, TimeSpan.Zero, CancellationToken.None);
    }

    public void Dispose()
    {
        _abort.Dispose();
        _deletes.Dispose();
        _free.Dispose();
    }

    private async Task HandleAsync(IQueue queue, ReceivedMessage message)
    {
        // Leave the receiver's stack: handlers of one batch run side by side.
        await Task.Yield();
        try
        {
            await DispatchAsync(message);
            await _deletes.DeleteAsync(queue, message);
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
            await GiveBackAsync(queue, message, exception);
        }
        finally
        {
            _inFlight.TryRemove(message.Receipt, out _);
            _free.Release();
        }
    }

    private async Task DispatchAsync(ReceivedMessage message)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await receiver.HandleAsync(message.Message, message.ReceiveCount, _abort.Token);
                return;
            }
            catch (Exception exception) when (attempt < InfrastructureAttempts && exception is TableUnavailableException)
            {
                // Not the message's fault: a busy or absent store must not use up its deliveries.
                await Task.Delay(Pause(exception, attempt), time, _abort.Token);
            }
        }
    }

    private TimeSpan Pause(Exception exception, int attempt) => exception is CommitRefusedException
        ? TimeSpan.FromMilliseconds(1 + ids.NextInt(1 << (attempt + 1)))
        : Jittered(FirstInfrastructurePause * (1 << attempt));

    private async Task GiveBackAsync(IQueue queue, ReceivedMessage message, Exception exception)
    {
        metrics.Failed(module.Name);
        try
        {
            if (IsHopeless(exception) || message.ReceiveCount >= QueueLimits.MaxReceives)
            {
                // The queue moves it to the dead letters when it would be received once too often.
                Log.Dead(logger, message.Message.Id, module.QueueName, message.ReceiveCount, exception);
                await queue.ChangeVisibilityAsync([message], TimeSpan.Zero, CancellationToken.None);
                return;
            }

            var pause = Jittered(FirstRetry * Math.Pow(RetryGrowth, message.ReceiveCount - 1));
            Log.Failed(logger, message.Message.Id, module.QueueName, message.ReceiveCount, pause, exception);
            await queue.ChangeVisibilityAsync([message], pause, CancellationToken.None);
        }
#pragma warning disable CA1031 // It becomes visible by itself when its visibility ends.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Log.NotGivenBack(logger, message.Message.Id, module.QueueName, failure);
        }
    }

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private const double RetryGrowth = 6;

    /// <summary>Nobody handles the message, or nobody can read it: another delivery changes nothing.</summary>
    private static bool IsHopeless(Exception exception) =>
        exception is MessageNotConsumedException or System.Runtime.Serialization.SerializationException or System.Text.Json.JsonException;

    /// <summary>The pause, up to half as long again.</summary>
    private TimeSpan Jittered(TimeSpan pause) => pause + TimeSpan.FromMilliseconds(ids.NextInt(Math.Max(1, (int)(pause.TotalMilliseconds / 2))));

    private sealed class InFlight(ReceivedMessage message, DateTimeOffset visibleAt)
    {
        public ReceivedMessage Message { get; } = message;

        public DateTimeOffset VisibleAt { get; set; } = visibleAt;

        public Task Handling { get; set; } = Task.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Message {Id} of {Queue} failed at its delivery {Delivery}; again in {Pause}")]
        public static partial void Failed(ILogger logger, string id, string queue, int delivery, TimeSpan pause, Exception exception);

        [LoggerMessage(Level = LogLevel.Error, Message = "Message {Id} of {Queue} can't be handled (delivery {Delivery}) and becomes a dead letter")]
        public static partial void Dead(ILogger logger, string id, string queue, int delivery, Exception exception);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Message {Id} could not be given back to {Queue}; it comes again when its visibility ends")]
        public static partial void NotGivenBack(ILogger logger, string id, string queue, Exception exception);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} messages of {Queue} were still being handled at shutdown and were handed back")]
        public static partial void HandedBack(ILogger logger, int count, string queue);
    }
}
