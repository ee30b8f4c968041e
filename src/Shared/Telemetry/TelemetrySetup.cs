using Evently.Shared.Configuration;
using Evently.Shared.Telemetry.Aws;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Exporter;
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
                .AddHttpClientInstrumentation(options => options.FilterHttpRequestMessage = request => !AwsTelemetry.IsCall(request)))
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
        if (CollectorOf(configuration, "TRACES_") is { } traces)
            telemetry.WithTracing(tracing => tracing.AddOtlpExporter(traces));
        if (CollectorOf(configuration, "METRICS_") is { } metrics)
            telemetry.WithMetrics(metering => metering.AddOtlpExporter(metrics));
        if (CollectorOf(configuration, "LOGS_") is { } logs)
            telemetry.WithLogging(logging => logging.AddOtlpExporter(logs));
    }

    /// <summary>An exporter that is added by itself reads the variables of all signals only, and would send to its default address.</summary>
    private static Action<OtlpExporterOptions>? CollectorOf(IConfiguration configuration, string signal)
    {
        if (!NamesCollector(configuration, signal))
            return null;
        var variable = $"OTEL_EXPORTER_OTLP_{signal}ENDPOINT";
        if (!Uri.TryCreate(configuration[variable], UriKind.Absolute, out var address))
            throw new ConfigurationException($"{variable} is '{configuration[variable]}', which is no address such as http://localhost:4317.");
        var headers = configuration[$"OTEL_EXPORTER_OTLP_{signal}HEADERS"];
        var protocol = configuration[$"OTEL_EXPORTER_OTLP_{signal}PROTOCOL"];
        return exporter =>
        {
            exporter.Endpoint = address;
            if (!string.IsNullOrEmpty(headers))
                exporter.Headers = headers;
            if (!string.IsNullOrEmpty(protocol))
                exporter.Protocol = protocol == "http/protobuf" ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        };
    }

    private static bool NamesCollector(IConfiguration configuration, string signal) => !string.IsNullOrEmpty(configuration[$"OTEL_EXPORTER_OTLP_{signal}ENDPOINT"]);
}
