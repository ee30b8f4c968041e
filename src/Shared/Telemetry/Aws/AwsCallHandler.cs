using System.Diagnostics;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace Evently.Shared.Telemetry.Aws;

/// <summary>
/// The outermost step of an AWS client's pipeline, so that no call escapes it. The SDK's own tracing hook would be told neither requests nor answers:
/// no table, no queue, no number of messages, no trace that a message carries.
/// </summary>
internal abstract class AwsCallHandler(AwsTelemetry telemetry) : PipelineHandler
{
    protected AwsTelemetry Telemetry => telemetry;

    public override Task<T> InvokeAsync<T>(IExecutionContext executionContext) =>
        telemetry.Source.HasListeners() || IsMeasured ? ObserveAsync<T>(executionContext) : base.InvokeAsync<T>(executionContext);

    protected abstract bool IsMeasured { get; }

    /// <returns>Null when the call belongs to no trace: idle polling must not make one each time.</returns>
    protected abstract Activity? Start(string operation, AmazonWebServiceRequest request);

    protected abstract void Answered(Activity? span, IRequestContext context, AmazonWebServiceResponse response, DateTimeOffset started);

    /// <param name="code">The service's own; null when it did not answer.</param>
    protected abstract void Refused(Activity span, string? code);

    protected abstract void Measure(double seconds, string operation, AmazonWebServiceRequest request, string? errorType);

    protected static void Describe(Activity span, IRequestContext context, string? requestId)
    {
        span.SetTag("rpc.system.name", "aws-api");
        span.SetTag("rpc.method", OperationOf(context));
        span.SetTag("cloud.region", context.ClientConfig.RegionEndpoint?.SystemName ?? context.ClientConfig.AuthenticationRegion);
        span.SetTag("aws.request_id", requestId);
        if (context.Request?.Endpoint is { } endpoint)
            span.SetTag("server.address", endpoint.Host).SetTag("server.port", endpoint.Port);
        if (context.Retries > 0)
            span.SetTag("evently.retries", context.Retries);
    }

    private static string OperationOf(IRequestContext context) => context.RequestName[..^"Request".Length];

    private async Task<T> ObserveAsync<T>(IExecutionContext executionContext)
        where T : AmazonWebServiceResponse, new()
    {
        var context = executionContext.RequestContext;
        var operation = OperationOf(context);
        var (startedAt, started) = (telemetry.Time.GetUtcNow(), telemetry.Time.GetTimestamp());
        using var span = Start(operation, context.OriginalRequest);
        string? errorType = null;
        try
        {
            var response = await base.InvokeAsync<T>(executionContext);
            if (span is not null)
                Describe(span, context, response.ResponseMetadata?.RequestId);
            Answered(span, context, response, startedAt);
            return response;
        }
        catch (Exception exception)
        {
            errorType = AwsErrors.TypeOf(exception);
            if (span is not null)
                Failed(span, context, exception, errorType);
            throw;
        }
        finally
        {
            Measure(telemetry.Time.GetElapsedTime(started).TotalSeconds, operation, context.OriginalRequest, errorType);
        }
    }

    private void Failed(Activity span, IRequestContext context, Exception exception, string? errorType)
    {
        var failure = exception as AmazonServiceException;
        Describe(span, context, failure?.RequestId);
        Refused(span, failure?.ErrorCode);
        if (errorType is null)
        {
            span.SetTag("evently.condition", "refused");
            return;
        }

        span.SetTag("error.type", errorType);
        span.SetStatus(ActivityStatusCode.Error, exception.Message);
    }
}
