namespace Evently.Simulation;

/// <summary>
/// Runs tasks in virtual time. The process must have a pool of one thread: then a work item that finds the pool's queues empty knows that everything else
/// waits for the clock, and moves it. So no real time is ever waited, and one seed gives one run.
/// </summary>
public sealed class VirtualLoop
{
    private readonly VirtualTime _time;

    public VirtualLoop(VirtualTime time)
    {
        ThreadPool.GetMaxThreads(out var threads, out _);
        if (threads != 1)
            throw new InvalidOperationException($"Virtual time needs a pool of one thread; this one may have {threads}.");
        _time = time;
    }

    /// <summary>Runs to the end of <paramref name="main"/>; whatever it leaves behind stops where it is.</summary>
    /// <exception cref="InvalidOperationException">Nothing is left that could end it.</exception>
    public void Run(Func<Task> main)
    {
        using var ended = new ManualResetEventSlim();
        var running = new TaskCompletionSource<Task>();
        ThreadPool.UnsafeQueueUserWorkItem(_ => running.SetResult(main()), null);
        ThreadPool.UnsafeQueueUserWorkItem(_ => Step(running.Task.Unwrap(), ended), null);
        ended.Wait();
        var ending = running.Task.Unwrap();
        if (!ending.IsCompleted)
            throw new InvalidOperationException("Everything waits, and no timer is set that could end it.");
        ending.GetAwaiter().GetResult();
    }

    private void Step(Task running, ManualResetEventSlim ended)
    {
        if (running.IsCompleted || (ThreadPool.PendingWorkItemCount == 0 && !_time.TryFireNext()))
        {
            ended.Set();
            return;
        }

        var next = (Loop: this, Running: running, Ended: ended);
        ThreadPool.UnsafeQueueUserWorkItem(static step => step.Loop.Step(step.Running, step.Ended), next, preferLocal: false);
    }
}
