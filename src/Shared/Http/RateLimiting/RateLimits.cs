using System.Net;
using System.Net.Sockets;
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
    private const int Ipv6NetworkBytes = 8;

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
        var portions = Math.Min(PortionsPerSecond, options.PerSecond);
        return new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.Burst,
            TokensPerPeriod = options.PerSecond / portions,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1.0 / portions),
            QueueLimit = 0,
        };
    }

    /// <summary>Who a request counts for: the user of a valid token, else the client's address (IPv6: its /64, which one subscriber owns whole).</summary>
    internal static class ClientKey
    {
        public static string Of(HttpContext context)
        {
            var caller = Caller.From(context.User);
            return caller.IsAnonymous ? Address(context.Connection.RemoteIpAddress) : "user:" + caller.UserId;
        }

        public static string Address(IPAddress? address) => address switch
        {
            null => "address:unknown",
            { IsIPv4MappedToIPv6: true } => "address:" + address.MapToIPv4(),
            { AddressFamily: AddressFamily.InterNetworkV6 } => "network:" + Convert.ToHexString(address.GetAddressBytes().AsSpan(0, Ipv6NetworkBytes)),
            _ => "address:" + address,
        };
    }
}
