using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace Evently.Shared.Http;

/// <summary>
/// Per instance, on purpose: a bucket shared by instances would cost a write a request. The limiter drops a bucket that has been full for ten seconds, so
/// there are at most as many as callers within that time.
/// </summary>
internal sealed class RateLimits(IOptions<RateLimitingOptions> options) : IConfigureOptions<RateLimiterOptions>
{
    // Tokens come back in small portions, so that a limit of 10 a second does not mean 10 in one instant of each second.
    private const int PortionsPerSecond = 10;

    public void Configure(RateLimiterOptions limiter)
    {
        if (!options.Value.Enabled)
            return;
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(
            context => RateLimitPartition.GetTokenBucketLimiter(ClientKey.Of(context), _ => Bucket(options.Value)));
        limiter.OnRejected = static async (rejected, _) =>
        {
            var retryAfter = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1);
            var problem = Problems.Of(StatusCodes.Status429TooManyRequests, "rate_limited", "Too many requests; slow down.") with { RetryAfter = retryAfter };
            await problem.ExecuteAsync(rejected.HttpContext);
        };
    }

    private static TokenBucketRateLimiterOptions Bucket(RateLimitingOptions options)
    {
        // A portion is whole tokens, so its period is what makes the rate exact: 19 a second are 1 every 52.6 ms.
        var portion = Math.Max(1, options.PerSecond / PortionsPerSecond);
        return new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.Burst,
            TokensPerPeriod = portion,
            ReplenishmentPeriod = TimeSpan.FromSeconds((double)portion / options.PerSecond),
            QueueLimit = 0,
        };
    }

    /// <summary>Who a request counts for: the user of a valid token, else the client's address (IPv6: its /64, which one subscriber owns whole).</summary>
    internal static class ClientKey
    {
        public static string Of(HttpContext context)
        {
            var caller = Caller.From(context.User);
            return caller.IsAnonymous ? ClientAddress.Of(context) : "user:" + caller.UserId;
        }
    }
}
