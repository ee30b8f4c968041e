using System.Diagnostics;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;

namespace Evently.Shared.Telemetry.Aws;

/// <summary>Spans and durations of DynamoDB's calls, attempt by attempt: the engine above repeats them, not the client.</summary>
/// <param name="table">The one table that there is.</param>
internal sealed class DynamoDbCallHandler(string table, AwsTelemetry telemetry) : AwsCallHandler(telemetry)
{
    private const string System = "aws.dynamodb";
    private readonly string[] _tables = [table];

    protected override bool IsMeasured => Telemetry.TableDuration.Enabled;

    protected override Activity? Start(string operation, AmazonWebServiceRequest request)
    {
        if (AwsTelemetry.Current is null || Telemetry.Source.StartActivity($"{operation} {table}", ActivityKind.Client) is not { } span)
            return null;
        span.SetTag("db.system.name", System);
        span.SetTag("db.operation.name", operation);
        span.SetTag("aws.dynamodb.table_names", _tables);
        if (BatchSizeOf(request) is > 1 and var size)
            span.SetTag("db.operation.batch.size", size);
        if (request is QueryRequest query)
            span.SetTag("aws.dynamodb.index_name", query.IndexName).SetTag("aws.dynamodb.limit", query.Limit);
        return span;
    }

    protected override void Answered(Activity? span, IRequestContext context, AmazonWebServiceResponse response, DateTimeOffset started)
    {
        if (response is QueryResponse query)
            span?.SetTag("aws.dynamodb.count", query.Count);
    }

    protected override void Refused(Activity span, string? code) => span.SetTag("db.response.status_code", code);

    protected override void Measure(double seconds, string operation, AmazonWebServiceRequest request, string? errorType)
    {
        var tags = new TagList { { "db.system.name", System }, { "db.operation.name", operation } };
        if (errorType is not null)
            tags.Add("error.type", errorType);
        Telemetry.TableDuration.Record(seconds, tags);
    }

    private static int BatchSizeOf(AmazonWebServiceRequest request) => request switch
    {
        TransactWriteItemsRequest transaction => transaction.TransactItems.Count,
        BatchWriteItemRequest writes => writes.RequestItems.Values.Sum(items => items.Count),
        BatchGetItemRequest reads => reads.RequestItems.Values.Sum(items => items.Keys.Count),
        _ => 1,
    };
}
