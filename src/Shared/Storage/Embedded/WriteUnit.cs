namespace Evently.Shared.Storage.Embedded;

/// <summary>One unit of work on its way through the <see cref="GroupCommitWriter"/>.</summary>
internal abstract class WriteUnit(CancellationToken cancellationToken)
{
    /// <summary>Set when the unit itself failed; nothing of it stays in the batch.</summary>
    public Exception? Error { get; set; }

    /// <summary>A unit is given up only while it waits: once taken, it runs and its answer tells what happened.</summary>
    public bool TryAbandon()
    {
        if (!cancellationToken.IsCancellationRequested)
            return false;
        Cancel(cancellationToken);
        return true;
    }

    public abstract void Run(SqliteSession session);

    /// <summary>Answers with the result, or with <see cref="Error"/>.</summary>
    public abstract void Complete();

    public abstract void Fail(Exception exception);

    protected abstract void Cancel(CancellationToken token);
}

internal sealed class WriteUnit<TState, T>(TState state, Func<SqliteSession, TState, T> work, CancellationToken cancellationToken)
    : WriteUnit(cancellationToken)
{
    // Callers continue on the pool, never on the writer's thread.
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<T> Task => _completion.Task;

    public override void Run(SqliteSession session) => _result = work(session, state);

    public override void Complete()
    {
        if (Error is not null)
            _completion.TrySetException(Error);
        else
            _completion.TrySetResult(_result!);
    }

    public override void Fail(Exception exception) => _completion.TrySetException(exception);

    protected override void Cancel(CancellationToken token) => _completion.TrySetCanceled(token);
}
