using System.Globalization;
using System.Text.Json.Serialization;
using Evently.Shared.Http;
using Evently.Shared.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Evently.Host.Health;

internal sealed record HealthResponse(string Status, string Service, string Version, IReadOnlyDictionary<string, string> Checks);

internal sealed record ProbeResponse(string Status);

/// <param name="LatencyMs">How long the store took to answer, in milliseconds.</param>
internal sealed record StoreResponse(string Status, string Engine, double LatencyMs);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(HealthResponse))]
[JsonSerializable(typeof(ProbeResponse))]
[JsonSerializable(typeof(StoreResponse))]
internal sealed partial class HealthJson : JsonSerializerContext;

internal static class HealthEndpoints
{
    private const string Tag = "Health";
    private const string Healthy = "healthy";
    private const string Unhealthy = "unhealthy";
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    public static void AddHealth(this IServiceCollection services)
    {
        services.AddSingleton<HealthReport>();
        services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, HealthJson.Default));
    }

    public static void MapHealth(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("").Public().DisableRateLimiting();
        group.MapGet("/health", ReportAsync).Describe("get_health", Tag, "Health with its checks").Produces<HealthResponse>().Produces<HealthResponse>(StatusCodes.Status503ServiceUnavailable);
        group.MapGet("/health/live", () => TypedResults.Ok(new ProbeResponse("alive"))).Describe("get_liveness", Tag, "Whether the process runs");
        group.MapGet("/health/ready", ReadyAsync).Describe("get_readiness", Tag, "Whether the process takes requests");
        group.MapGet("/db-test", TestStoreAsync).Describe("test_store", Tag, "Whether the store answers");
    }

    private static async Task<JsonHttpResult<HealthResponse>> ReportAsync(HealthReport health, CancellationToken cancellationToken)
    {
        var storage = await health.PingStorageAsync(cancellationToken) is null ? Unhealthy : Healthy;
        var checks = new Dictionary<string, string> { ["storage"] = storage, ["process"] = health.TakesRequests ? Healthy : Unhealthy };
        var healthy = checks.Values.All(check => check == Healthy);

        // What follows is told, and is no reason to take the process out of service.
        checks["documents"] = health.Unreadable == 0 ? Healthy : string.Create(CultureInfo.InvariantCulture, $"{health.Unreadable} unreadable");
        if (health.ForeignKeys is { } foreign)
            checks["signing_keys"] = foreign.Count == 0 ? Healthy : "an instance signs with another";
        return TypedResults.Json(
            new HealthResponse(healthy ? Healthy : Unhealthy, "evently", HealthReport.Version, checks),
            statusCode: healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<Results<Ok<ProbeResponse>, ProblemResult>> ReadyAsync(HealthReport health, CancellationToken cancellationToken) =>
        health.TakesRequests && await health.PingStorageAsync(cancellationToken) is not null
            ? TypedResults.Ok(new ProbeResponse("ready"))
            : Problems.Unavailable("The process is starting, stopping or without its store.", RetryAfter);

    private static async Task<Results<Ok<StoreResponse>, ProblemResult>> TestStoreAsync(HealthReport health, IOptions<StorageOptions> storage, CancellationToken cancellationToken) =>
        await health.PingStorageAsync(cancellationToken) is { } latency
            ? TypedResults.Ok(new StoreResponse("connected", storage.Value.Engine, Math.Round(latency.TotalMilliseconds, 3)))
            : Problems.Unavailable("The store does not answer.", RetryAfter);
}
