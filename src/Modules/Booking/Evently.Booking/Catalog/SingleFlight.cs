using System.Collections.Concurrent;

namespace Evently.Booking.Catalog;

/// <summary>Runs one piece of work per key at a time; whoever asks meanwhile gets the same result. One caller's cancellation leaves the others alone.</summary>
internal sealed class SingleFlight<TKey, TResult>
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Lazy<Task<TResult>>> _running = new();

    public Task<TResult> RunAsync(TKey key, Func<Task<TResult>> work, CancellationToken cancellationToken) =>
        _running.GetOrAdd(key, _ => new Lazy<Task<TResult>>(() => RunOneAsync(key, work))).Value.WaitAsync(cancellationToken);

    private async Task<TResult> RunOneAsync(TKey key, Func<Task<TResult>> work)
    {
        // The entry must be in place before the work can end and remove it.
        await Task.Yield();
        try
        {
            return await work();
        }
        finally
        {
            _running.TryRemove(key, out _);
        }
    }
}
