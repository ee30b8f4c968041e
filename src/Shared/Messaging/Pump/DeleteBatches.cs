namespace Evently.Shared.Messaging.Pump;

/// <summary>Deletes messages in batches: while one batch is under way, the next one gathers.</summary>
internal sealed class DeleteBatches : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private Batch? _gathering;

    public void Dispose() => _turn.Dispose();

    /// <summary>Completes when the message is deleted.</summary>
    public Task DeleteAsync(IQueue queue, ReceivedMessage message)
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

    private async Task FlushAsync(IQueue queue, Batch batch)
    {
        await Task.Yield();
        await _turn.WaitAsync();
        try
        {
            lock (_gate)
                _gathering = null;
            await queue.DeleteAsync(batch.Messages, CancellationToken.None);
        }
        finally
        {
            _turn.Release();
        }
    }

    private sealed class Batch
    {
        public List<ReceivedMessage> Messages { get; } = [];

        public Task Done { get; set; } = Task.CompletedTask;
    }
}
