using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Evently.Shared.Telemetry.Aws;

namespace Evently.Shared.Storage.DynamoDb;

/// <summary>The client as the engine needs it. Region, credentials and endpoint come from the AWS SDK's own variables.</summary>
internal static class DynamoDbClient
{
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(5);

    public static IAmazonDynamoDB Open(string table, AwsTelemetry telemetry)
    {
        try
        {
            return new ObservedDynamoDbClient(Configure(new AmazonDynamoDBConfig()), table, telemetry);
        }
        catch (AmazonClientException exception)
        {
            throw new TableUnavailableException(
                $"Evently:Storage:Engine is '{StorageOptions.DynamoDb}', but the AWS client cannot be made: {exception.Message} Set AWS_REGION, and AWS_ENDPOINT_URL_DYNAMODB for an endpoint of your own.",
                exception);
        }
    }

    /// <summary>The engine retries by itself, with what it knows of each request.</summary>
    public static AmazonDynamoDBConfig Configure(AmazonDynamoDBConfig config)
    {
        config.MaxErrorRetry = 0;
        config.Timeout = AttemptTimeout;
        return config;
    }
}
