using System.Threading.RateLimiting;

namespace Evently.Users;

/// <summary>So many of something an hour and key. A key that rested for an hour takes no memory.</summary>
internal class HourlyLimit(int perHour) : IDisposable
{
    private const int Segments = 12;
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(
        key => RateLimitPartition.GetSlidingWindowLimiter(
            key,
            _ => new SlidingWindowRateLimiterOptions { PermitLimit = perHour, Window = Hour, SegmentsPerWindow = Segments, QueueLimit = 0 }),
        StringComparer.Ordinal);

    /// <summary>Not null: refused, and how long to wait before the next try makes sense.</summary>
    public TimeSpan? Take(string key)
    {
        using var lease = _limiter.AttemptAcquire(key);
        return lease.IsAcquired ? null : Hour / Segments;
    }

    public void Dispose()
    {
        _limiter.Dispose();
        GC.SuppressFinalize(this);
    }
}
