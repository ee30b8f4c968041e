using Microsoft.Extensions.Logging;

namespace Evently.Shared.Messaging.Pump;

/// <summary>
/// Deletes handled messages in batches: while one batch is under way, the next one gathers. A delete that fails is repeated for as long as the
/// process runs, bounded: whoever waits for it holds the lease on its message, so that a handled message does not come again and is never dead.
/// </summary>
internal sealed partial class DeleteBatches(TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Then the message may come again; consumers are idempotent.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private Batch? _gathering;

    public void Dispose()
    {
        _turn.Dispose();
        _stopping.Dispose();
    }

    /// <summary>From here on each delete is tried once more and then left.</summary>
    public Task StopAsync() => _stopping.CancelAsync();

    /// <summary>Completes when the message is deleted.</summary>
    /// <returns>False when it could not be.</returns>
    public Task<bool> DeleteAsync(IQueue queue, ReceivedMessage message)
    {
        lock (_gate)
        {
            if (_gathering is null)
            {
                _gathering = new Batch();
                _gathering.Done = FlushAsync(queue, _gathering);
            }

            _gathering.Messages.Add(message);
            return _gathering.Done;
        }
    }

    private async Task<bool> FlushAsync(IQueue queue, Batch batch)
    {
        await Task.Yield();
        await _turn.WaitAsync();
        try
        {
            lock (_gate)
                _gathering = null;
            return await DeleteAsync(queue, batch.Messages);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<bool> DeleteAsync(IQueue queue, List<ReceivedMessage> messages)
    {
        var started = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            var isLast = _stopping.IsCancellationRequested || time.GetElapsedTime(started) > Patience;
            try
            {
                await queue.DeleteAsync(messages, CancellationToken.None);
                return true;
            }
#pragma warning disable CA1031 // Whatever the queue threw: the messages were handled, and that is all that is left to do about them.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogNotDeleted(exception, messages.Count, queue.Name, isLast ? "left" : "tried again");
                if (isLast)
                    return false;
            }

            await Task.Delay(pause, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} handled messages of {Queue} could not be deleted; that is {Next}")]
    private partial void LogNotDeleted(Exception exception, int count, string queue, string next);

    private sealed class Batch
    {
        public List<ReceivedMessage> Messages { get; } = [];

        public Task<bool> Done { get; set; } = Task.FromResult(true);
    }
}
