using Evently.Shared.Storage;
namespace Evently.Testing.Storage;

/// <summary>
/// Holds calls until a simulator lets them go, one by one, in the order that it likes. Each call stops twice: before it reaches the table and before its
/// caller hears the answer. What a release sets free runs on the releasing thread until it stops again or ends.
/// </summary>
public sealed class StepGate
{
    private readonly Lock _gate = new();
    private readonly List<Step> _waiting = [];

    /// <summary>What waits, oldest first. A copy.</summary>
    public IReadOnlyList<TableStep> Waiting
    {
        get
        {
            lock (_gate)
                return [.. _waiting.Select(step => step.Description)];
        }
    }

    /// <summary>Lets the call at <paramref name="index"/> of <see cref="Waiting"/> go on.</summary>
    public void Release(int index)
    {
        Step step;
        lock (_gate)
        {
            step = _waiting[index];
            _waiting.RemoveAt(index);
        }

        step.Completion.TrySetResult();
    }

    internal async ValueTask StopAsync(TableCall call, bool isAnswer, CancellationToken cancellationToken)
    {
        var step = new Step(new TableStep(call, isAnswer), new TaskCompletionSource());
        lock (_gate)
            _waiting.Add(step);
        await using var registration = cancellationToken.UnsafeRegister(_ => Cancel(step, cancellationToken), null);
        await step.Completion.Task;
    }

    private void Cancel(Step step, CancellationToken cancellationToken)
    {
        lock (_gate)
            _waiting.Remove(step);
        step.Completion.TrySetCanceled(cancellationToken);
    }

    private sealed record Step(TableStep Description, TaskCompletionSource Completion);
}

/// <summary>Where a call waits.</summary>
/// <param name="IsAnswer">False before it reaches the table; true when it is done there and its caller does not know yet.</param>
public sealed record TableStep(TableCall Call, bool IsAnswer);
