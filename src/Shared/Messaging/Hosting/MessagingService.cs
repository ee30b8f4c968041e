using Evently.Shared.Configuration;
using Evently.Shared.Messaging.Instances;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Messaging.Hosting;

/// <summary>
/// Runs the background loops of all modules. They begin before the server takes requests; at shutdown the receivers stop first, then what is
/// committed is still relayed, bounded, and the rest stays in outbox and queue for the next start.
/// </summary>
internal sealed partial class MessagingService(
    ModuleRuntimes modules,
    QueueSet queues,
    IInstances instances,
    MessagingGauges gauges,
    MessagingOptions options,
    StartPatience patience,
    TimeProvider time,
    ILogger<MessagingService> logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(20);
    private const int LongestIdlePauses = 5;
    private static readonly TimeSpan GaugeInterval = TimeSpan.FromSeconds(15);

    /// <summary>How long local handlers may take to notice that the process stops.</summary>
    private static readonly TimeSpan CancelledHandlers = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestLeave = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>Relays of one module that run side by side: one sends while the other removes rows.</summary>
    private const int RelayLoops = 2;

    private readonly CancellationTokenSource _receiving = new();
    private readonly CancellationTokenSource _working = new();
    private readonly List<Task> _receivers = [];
    private readonly List<Task> _workers = [];
    private readonly Lock _gate = new();
    private Task? _stopping;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var module in modules.All)
        {
            await queues.OpenAsync(module.Identity.QueueName, cancellationToken);
            module.Receiver.Prepare();
            module.LocalDispatcher.Prepare();
        }

        await patience.ForAsync(StartPatience.Table, instances.RunOnceAsync, cancellationToken);
        _workers.Add(LoopAsync("instances", "all modules", Every(TableInstances.BeatInterval, instances.RunOnceAsync), _working.Token));
        foreach (var module in modules.All)
            Start(module);
        _workers.Add(LoopAsync("gauges", "all modules", Every(GaugeInterval, gauges.RunOnceAsync), _working.Token));
    }

    /// <summary>A host may be told to stop from two sides at once; both wait for the one stop.</summary>
    /// <param name="cancellationToken">Ends with the host's deadline: then what still runs is cut off. <see cref="MessagingOptions.ShutdownSeconds"/> may end it earlier.</param>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
            return _stopping ??= StopOnceAsync(cancellationToken);
    }

    private async Task StopOnceAsync(CancellationToken deadline)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(deadline);
        using var timer = time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), enough, options.Shutdown, Timeout.InfiniteTimeSpan);
        await _receiving.CancelAsync();
        await Task.WhenAll(_receivers);
        await Task.WhenAll(modules.All.Select(module => module.Pump.StopAsync(enough.Token)));
        await WaitWhileAsync(module => module.UnderWay > 0, enough.Token);
        await _working.CancelAsync();
        await Task.WhenAll(_workers);
        using var cancelled = new CancellationTokenSource(CancelledHandlers, time);
        await WaitWhileAsync(module => module.Backlog.Running > 0, cancelled.Token);
        await LeaveAsync();
    }

    /// <summary>The others take over at once rather than when they notice.</summary>
    private async Task LeaveAsync()
    {
        try
        {
            using var bound = new CancellationTokenSource(LongestLeave, time);
            await instances.LeaveAsync(bound.Token);
        }
#pragma warning disable CA1031 // They notice.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.NotLeft(logger, exception);
        }
    }

    public void Dispose()
    {
        _receiving.Dispose();
        _working.Dispose();
    }

    private void Start(ModuleRuntime module)
    {
        _receivers.Add(LoopAsync("receive", module.Identity.Name, token => module.Pump.ReceiveOnceAsync(LongPoll, token), _receiving.Token));
        foreach (var worker in module.DueWorkers)
            _receivers.Add(LoopAsync("due", module.Identity.Name, Every(options.DueInterval, worker.RunOnceAsync), _receiving.Token));
        _workers.Add(LoopAsync("renew", module.Identity.Name, Every(options.Visibility / 4, module.Pump.RenewOnceAsync), _working.Token));
        _workers.Add(LoopAsync("sweep", module.Identity.Name, Rarely(TimeSpan.FromMilliseconds(options.OutboxSweepMilliseconds), module.Sweeper.RunOnceAsync), _working.Token));
        for (var i = 0; i < RelayLoops; i++)
            _workers.Add(LoopAsync("relay", module.Identity.Name, When(module.Relay.WaitAsync, module.Relay.RunOnceAsync), _working.Token));
        module.Backlog.Start(_working.Token);
    }

    /// <summary>Bounded: what is not done in time is found again after the next start.</summary>
    private async Task WaitWhileAsync(Func<ModuleRuntime, bool> busy, CancellationToken enough)
    {
        while (modules.All.Any(busy) && !enough.IsCancellationRequested)
            await Task.Delay(TimeSpan.FromMilliseconds(10), time, CancellationToken.None);
    }

    private static Func<CancellationToken, Task<int>> When(Func<CancellationToken, ValueTask<bool>> wait, Func<CancellationToken, Task<int>> step) => async token =>
    {
        await wait(token);
        return await step(token);
    };

    /// <summary>The step, then the pause.</summary>
    private Func<CancellationToken, Task<int>> Every(TimeSpan pause, Func<CancellationToken, Task<int>> step) => async token =>
    {
        var done = await step(token);
        await Task.Delay(pause, time, token);
        return done;
    };

    /// <summary>As <see cref="Every"/>, with growing pauses while the step finds nothing: reads cost money on some engines.</summary>
    private Func<CancellationToken, Task<int>> Rarely(TimeSpan pause, Func<CancellationToken, Task<int>> step)
    {
        var idle = 0;
        return async token =>
        {
            var done = await step(token);
            idle = done > 0 ? 0 : Math.Min(idle + 1, LongestIdlePauses);
            await Task.Delay(pause * Math.Max(1, idle), time, token);
            return done;
        };
    }

    private async Task LoopAsync(string name, string module, Func<CancellationToken, Task<int>> step, CancellationToken cancellationToken)
    {
        await Task.Yield();
        var failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await step(cancellationToken);
                failures = 0;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The loop outlives every failure of a step; it backs off.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                failures++;
                var pause = FirstPause * Math.Pow(2, Math.Min(failures - 1, 10));
                pause = pause < LongestPause ? pause : LongestPause;
                Log.StepFailed(logger, name, module, pause, exception);
                await PauseAsync(pause, cancellationToken);
            }
        }
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(pause, time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The loop ends.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "The other instances could not be told that this one stops; they will notice")]
        public static partial void NotLeft(ILogger logger, Exception exception);

        [LoggerMessage(Level = LogLevel.Error, Message = "The {Loop} step of {Module} failed; again in {Pause}")]
        public static partial void StepFailed(ILogger logger, string loop, string module, TimeSpan pause, Exception exception);
    }
}
