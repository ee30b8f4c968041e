namespace Evently.Seams.Tests;

/// <summary>What happens to a process at one of its calls of table or queue.</summary>
public enum Blow
{
    /// <summary>It dies: nothing of it runs any more, no handler of exceptions either.</summary>
    Kill,

    /// <summary>The client of its request hangs up.</summary>
    HangUp,

    /// <summary>It is told to stop, and its time to do so is over: every token is cancelled.</summary>
    Stop,
}

/// <summary>Where a process touches what outlives it. Counts the calls, and strikes at one of them: before it reaches the store, or before its caller hears of it.</summary>
public sealed class Seam
{
    private readonly TaskCompletionSource _death = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _call;
    private readonly bool _after;
    private readonly Action _strike;
    private int _count;
    private int _struck;
    private int _activity;
    private volatile bool _isArmed;

    private Seam(int call, bool after, Action strike) => (_call, _after, _strike) = (call, after, strike);

    /// <summary>Calls since <see cref="Arm"/>.</summary>
    public int Count => _count;

    /// <summary>All calls so far, counted ones or not.</summary>
    public int Activity => _activity;

    /// <summary>Completes when the process has died.</summary>
    public Task Death => _death.Task;

    public bool IsDead => _death.Task.IsCompleted;

    public bool HasStruck => _struck > 0;

    public static Seam Quiet() => new(0, after: false, () => { });

    /// <param name="strike">What happens at the call, counted from 1. Null: death.</param>
    public static Seam At(int call, bool after, Action? strike)
    {
        Seam? seam = null;
        seam = new Seam(call, after, strike ?? (() => seam!._death.TrySetResult()));
        return seam;
    }

    /// <summary>From now on calls count.</summary>
    public void Arm() => _isArmed = true;

    public async ValueTask<TResult> CallAsync<TResult>(Func<ValueTask<TResult>> call)
    {
        Interlocked.Increment(ref _activity);
        var number = _isArmed ? Interlocked.Increment(ref _count) : 0;
        await PassAsync(number, after: false);
        var result = await call();
        await PassAsync(number, after: true);
        return result;
    }

    private async ValueTask PassAsync(int number, bool after)
    {
        if (number > 0 && number == _call && after == _after && Interlocked.Exchange(ref _struck, 1) == 0)
            _strike();
        if (IsDead)
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
    }
}
