using System.ComponentModel.DataAnnotations;

namespace Evently.Shared.Http;

/// <summary>Section <c>Evently:RateLimiting</c>: one token bucket per signed-in user, or per client address.</summary>
public sealed class RateLimitingOptions
{
    public bool Enabled { get; set; } = true;

    /// <summary>Requests that a caller may make a second, in the long run.</summary>
    [Range(1, 100_000)]
    public int PerSecond { get; set; } = 10;

    /// <summary>Requests that a rested caller may make at once.</summary>
    [Range(1, 1_000_000)]
    public int Burst { get; set; } = 20;
}
