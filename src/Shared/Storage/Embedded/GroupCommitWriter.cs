using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Storage.Embedded;

/// <summary>
/// The one writer of the data file. It takes what has queued up, runs it in one transaction and answers after the flush, so that one disk flush
/// serves many writes. While it flushes, the next batch queues up: batches grow with the load by themselves.
/// </summary>
internal sealed partial class GroupCommitWriter
{
    /// <summary>Units that may wait. Behind them, callers wait <see cref="LongestWait"/> and are then refused.</summary>
    public const int QueuedUnits = 4_096;

    /// <summary>Units in one transaction: bounds how long the first of them waits for the last.</summary>
    public const int BatchUnits = 512;

    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    // A producer wakes the writer's thread itself: no pool thread has to be free for it.
    private readonly Channel<WriteUnit> _queue = Channel.CreateBounded<WriteUnit>(
        new BoundedChannelOptions(QueuedUnits) { SingleReader = true, AllowSynchronousContinuations = true });

    /// <summary>How long after the last such failure the disk counts as full: well within what a probe may take to see it freed.</summary>
    private static readonly TimeSpan FullFor = TimeSpan.FromSeconds(5);

    private readonly SqliteSession _session;
    private readonly IBatchWatcher _watcher;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<WriteUnit> _batch = new(BatchUnits);
    private long _commits;
    private long _units;
    private volatile Exception? _broken;
    private long _fullAt;

    public GroupCommitWriter(SqliteSession session, IBatchWatcher watcher, TimeProvider time, ILogger logger)
    {
        _session = session;
        _watcher = watcher;
        _time = time;
        _logger = logger;
        _thread = new Thread(Loop) { IsBackground = true, Name = "evently-writer" };
        _thread.Start();
    }

    public WriterMetrics? Metrics { get; set; }

    /// <summary>Units that wait to be taken.</summary>
    public int Waiting => _queue.Reader.Count;

    /// <summary>Transactions that changed something, each with one flush.</summary>
    public long Commits => Interlocked.Read(ref _commits);

    public long Units => Interlocked.Read(ref _units);

    /// <summary>A write failed for want of room a moment ago. A small one may go through all the same, where a freed page is left.</summary>
    public bool IsFull => Interlocked.Read(ref _fullAt) is not 0 and var at && _time.GetElapsedTime(at) < FullFor;

    /// <summary>
    /// No write is taken any more, until the process is started again and has looked the file through: the file or its disk is damaged, and what would be
    /// acknowledged might not be there later.
    /// </summary>
    public void Break(Exception cause)
    {
        if (_broken is null)
            LogBroken(cause);
        _broken ??= cause;
    }

    /// <summary>Called before every commit; a test makes it throw to see a commit fail.</summary>
    internal Action? BeforeCommit { get; set; }

    public ValueTask<T> ExecuteAsync<TState, T>(TState state, Func<SqliteSession, TState, T> work, CancellationToken cancellationToken)
    {
        if (_broken is { } cause)
            throw new TableUnavailableException("The data file or its disk is damaged; nothing is written any more.", cause);
        var unit = new WriteUnit<TState, T>(state, work, cancellationToken);
        return new ValueTask<T>(_queue.Writer.TryWrite(unit) ? unit.Task : WaitForRoomAsync(unit, cancellationToken));
    }

    /// <summary>Takes no more units, runs those that wait, and completes when the thread is done with the session.</summary>
    public Task StopAsync()
    {
        _queue.Writer.TryComplete();
        return _stopped.Task;
    }

    private async Task<T> WaitForRoomAsync<TState, T>(WriteUnit<TState, T> unit, CancellationToken cancellationToken)
    {
        using var bound = new CancellationTokenSource(LongestWait, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, cancellationToken);
        try
        {
            await _queue.Writer.WriteAsync(unit, either.Token);
        }
        catch (ChannelClosedException exception)
        {
            throw new TableUnavailableException("The store is closing.", exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TableThrottledException($"{QueuedUnits} writes wait already and none got done within {LongestWait.TotalSeconds} s.", exception);
        }

        return await unit.Task;
    }

    private void Loop()
    {
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_batch.Count < BatchUnits && _queue.Reader.TryRead(out var unit))
            {
                if (!unit.TryAbandon())
                    _batch.Add(unit);
            }

            if (_batch.Count > 0)
                Commit();
            _batch.Clear();
        }

        _stopped.SetResult();
    }

    private void Commit()
    {
        var committing = false;
        var began = _time.GetTimestamp();
        try
        {
            var changesBefore = _session.TotalChanges;
            Begin();
            if (!TryRunAll())
                RunEachInSavepoint();
            committing = true;
            BeforeCommit?.Invoke();
            Execute("COMMIT");
            _watcher.Committed();
            Interlocked.Add(ref _units, _batch.Count);
            if (_session.TotalChanges != changesBefore)
                Interlocked.Increment(ref _commits);
            Metrics?.Committed(_batch.Count, _time.GetElapsedTime(began));
        }
#pragma warning disable CA1031 // Whatever went wrong is every caller's answer; the writer itself must live on.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _watcher.RolledBack();
            LogCommitFailed(exception, _batch.Count);
            if (exception is SqliteException damage && DataFile.IsDamage(damage))
                Break(damage);
            var isFull = exception is SqliteException full && DataFile.IsFull(full);
            if (isFull)
                NoteFull();
            var isUnknown = committing && !isFull;
            foreach (var unit in _batch)
            {
                unit.Fail(isUnknown
                    ? new WriteOutcomeUnknownException("The commit failed.", exception)
                    : new TableUnavailableException("The write could not be run.", exception));
            }

            AbortAfterFailure();
            return;
        }

        foreach (var unit in _batch)
            unit.Complete();
    }

    /// <summary>
    /// The usual way, without savepoints: a unit that throws has normally not written yet. False when one had; then its writes are among its
    /// neighbours', so everything is rolled back and has to be run again.
    /// </summary>
    private bool TryRunAll()
    {
        foreach (var unit in _batch)
        {
            var changesBefore = _session.TotalChanges;
            Run(unit);
            if (unit.Error is not null && (_session.TotalChanges != changesBefore || !_session.InTransaction))
            {
                Abort();
                _watcher.RolledBack();
                Begin();
                return false;
            }
        }

        return true;
    }

    private void RunEachInSavepoint()
    {
        foreach (var unit in _batch)
        {
            Execute("SAVEPOINT unit");
            Run(unit);
            if (!_session.InTransaction)
                throw unit.Error ?? new InvalidOperationException("A unit of work ended the transaction.");
            if (unit.Error is not null)
            {
                Execute("ROLLBACK TO unit");
                _watcher.UnitUndone();
            }

            Execute("RELEASE unit");
        }
    }

    private void Run(WriteUnit unit)
    {
        unit.Error = null;
        try
        {
            unit.Run(_session);
        }
        catch (SqliteException exception)
        {
            if (DataFile.IsDamage(exception))
                Break(exception);
            if (DataFile.IsFull(exception))
                NoteFull();
            unit.Error = new TableUnavailableException("The data file could not be written.", exception);
        }
#pragma warning disable CA1031 // The unit's own failure is its own caller's answer.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            unit.Error = exception;
        }
    }

    private void NoteFull() => Interlocked.Exchange(ref _fullAt, _time.GetTimestamp());

    private void Begin() => Execute("BEGIN IMMEDIATE");

    private void Abort()
    {
        if (_session.InTransaction)
            _session.Run("ROLLBACK");
    }

    private void AbortAfterFailure()
    {
        try
        {
            Abort();
        }
        catch (SqliteException exception)
        {
            // The next batch cannot begin either then, and tries this again.
            LogRollbackFailed(exception);
        }
    }

    private void Execute(string sql)
    {
        using var statement = _session.Statement(sql);
        statement.Execute();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A batch of {Units} writes could not be committed")]
    private partial void LogCommitFailed(Exception exception, int units);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The data file or its disk is damaged; nothing is written any more")]
    private partial void LogBroken(Exception cause);

    [LoggerMessage(Level = LogLevel.Error, Message = "A failed batch could not be rolled back")]
    private partial void LogRollbackFailed(Exception exception);
}
