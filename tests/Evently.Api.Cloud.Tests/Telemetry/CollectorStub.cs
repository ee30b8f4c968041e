using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Evently.Api.Cloud.Tests.Telemetry;

/// <summary>An OpenTelemetry collector as far as its senders see it: OTLP over HTTP on a free port, which it decodes and keeps.</summary>
internal sealed class CollectorStub : IAsyncDisposable
{
    private readonly ConcurrentQueue<ExportedSpan> _spans = new();
    private readonly WebApplication _app;
    private Dictionary<string, ulong> _counts = [];

    private CollectorStub(WebApplication app) => _app = app;

    public IReadOnlyList<ExportedSpan> Spans => [.. _spans];

    /// <summary>What histograms had counted when the last sender exported last.</summary>
    public IReadOnlyDictionary<string, ulong> Counts => Volatile.Read(ref _counts);

    /// <summary>What a host is started with to send traces and metrics here, soon.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Settings =>
    [
        new("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", $"{_app.Urls.Single()}/v1/traces"),
        new("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"),
        new("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", $"{_app.Urls.Single()}/v1/metrics"),
        new("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/protobuf"),
        new("OTEL_BSP_SCHEDULE_DELAY", "200"),
        new("OTEL_METRIC_EXPORT_INTERVAL", "500"),
    ];

    public static async Task<CollectorStub> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var collector = new CollectorStub(app);
        app.MapPost("/v1/traces", (RequestDelegate)(context => TakeAsync(context, body =>
        {
            foreach (var span in Otlp.Spans(body))
                collector._spans.Enqueue(span);
        })));
        app.MapPost("/v1/metrics", (RequestDelegate)(context => TakeAsync(context, body => Volatile.Write(ref collector._counts, Otlp.Counts(body)))));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task TakeAsync(HttpContext context, Action<byte[]> take)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        take(body.ToArray());
        context.Response.ContentType = "application/x-protobuf";
    }
}
