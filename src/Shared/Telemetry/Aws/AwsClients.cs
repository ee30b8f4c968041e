using Amazon.DynamoDBv2;
using Amazon.Runtime.Internal;
using Amazon.SQS;

namespace Evently.Shared.Telemetry.Aws;

/// <summary>DynamoDB's client with its calls observed.</summary>
internal sealed class ObservedDynamoDbClient(AmazonDynamoDBConfig config, string table, AwsTelemetry telemetry) : AmazonDynamoDBClient(config)
{
    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        base.CustomizeRuntimePipeline(pipeline);
        pipeline.AddHandler(new DynamoDbCallHandler(table, telemetry));
    }
}

/// <summary>SQS's client with its calls observed.</summary>
internal sealed class ObservedSqsClient(AmazonSQSConfig config, AwsTelemetry telemetry) : AmazonSQSClient(config)
{
    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        base.CustomizeRuntimePipeline(pipeline);
        pipeline.AddHandler(new SqsCallHandler(telemetry));
    }
}
