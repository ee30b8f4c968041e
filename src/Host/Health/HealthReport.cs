using System.Reflection;
using Evently.Shared.Http;
using Evently.Shared.Storage;

namespace Evently.Host.Health;

/// <summary>What is asked to tell whether this process can serve.</summary>
internal sealed class HealthReport(ITableEngine engine, UnreadableItems unreadable, IHostApplicationLifetime lifetime, TimeProvider time, KeyAgreement? keys = null)
{
    /// <summary>A check that takes longer has failed.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Task<TimeSpan?>? _ping;
    private long _pingedAt;

    public static string Version { get; } =
        typeof(HealthReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>False before the start is through and as soon as the process is asked to stop.</summary>
    public bool TakesRequests => lifetime.ApplicationStarted.IsCancellationRequested && !lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Stored items that were met and can't be read.</summary>
    public int Unreadable => unreadable.Keys.Count;

    /// <summary>Ids of signing keys that other instances sign with and that are not accepted here; null where there is one instance.</summary>
    public IReadOnlyList<string>? ForeignKeys => keys?.Foreign;

    /// <summary>How long the store took to answer; null when it did not. Asked once a second at most, however many ask.</summary>
    public Task<TimeSpan?> PingStorageAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_ping is null || (_ping.IsCompleted && time.GetElapsedTime(_pingedAt) >= PingInterval))
                (_pingedAt, _ping) = (time.GetTimestamp(), PingAsync());
            return _ping.WaitAsync(cancellationToken);
        }
    }

    private async Task<TimeSpan?> PingAsync()
    {
        var started = time.GetTimestamp();
        try
        {
            await engine.PingAsync(CancellationToken.None).AsTask().WaitAsync(Bound, time);
            return time.GetElapsedTime(started);
        }
        catch (Exception exception) when (exception is TableUnavailableException or TimeoutException)
        {
            return null;
        }
    }
}
