using System.Collections.Concurrent;

namespace Evently.Shared.Messaging.Hosting;

/// <summary>The queues in use, each opened once.</summary>
internal sealed class QueueSet(IQueueTransport transport) : IDisposable
{
    private readonly ConcurrentDictionary<string, IQueue> _open = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _opening = new(1, 1);

    public void Dispose() => _opening.Dispose();

    public async ValueTask<IQueue> OpenAsync(string name, CancellationToken cancellationToken)
    {
        if (_open.TryGetValue(name, out var queue))
            return queue;
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (!_open.TryGetValue(name, out queue))
                _open[name] = queue = await transport.OpenAsync(name, cancellationToken);
            return queue;
        }
        finally
        {
            _opening.Release();
        }
    }
}
