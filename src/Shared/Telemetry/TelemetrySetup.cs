using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Evently.Shared.Telemetry;

/// <summary>Traces and metrics of the whole process. Sources and meters are named <c>Evently.*</c>; nothing is exported until a collector is named.</summary>
public static class TelemetrySetup
{
    public const string ServiceName = "evently";

    /// <summary>The wildcard under which modules name their activity sources and meters.</summary>
    private const string OwnSources = "Evently.*";

    private const string MassTransitSource = "MassTransit";

    /// <summary>The usual variables (OTEL_EXPORTER_OTLP_ENDPOINT and its kin, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER) decide what is sent and where.</summary>
    public static IServiceCollection AddEventlyTelemetry(this IServiceCollection services, IConfiguration configuration, string version, string instance)
    {
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                .AddService(ServiceName, serviceVersion: version, serviceInstanceId: instance)
                .AddEnvironmentVariableDetector())
            .WithTracing(tracing => tracing
                .AddSource(OwnSources, MassTransitSource)
                .AddAspNetCoreInstrumentation(options => options.Filter = context => !context.Request.Path.StartsWithSegments("/health"))
                .AddHttpClientInstrumentation())
            .WithMetrics(metrics => metrics
                .AddMeter(OwnSources, MassTransitSource)
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation());
        if (NamesCollector(configuration, ""))
            telemetry.UseOtlpExporter();
        else
            AddSingleSignals(telemetry, configuration);
        return services;
    }

    private static void AddSingleSignals(OpenTelemetryBuilder telemetry, IConfiguration configuration)
    {
        if (NamesCollector(configuration, "TRACES_"))
            telemetry.WithTracing(tracing => tracing.AddOtlpExporter());
        if (NamesCollector(configuration, "METRICS_"))
            telemetry.WithMetrics(metrics => metrics.AddOtlpExporter());
        if (NamesCollector(configuration, "LOGS_"))
            telemetry.WithLogging(logging => logging.AddOtlpExporter());
    }

    private static bool NamesCollector(IConfiguration configuration, string signal) => !string.IsNullOrEmpty(configuration[$"OTEL_EXPORTER_OTLP_{signal}ENDPOINT"]);
}
