using System.Globalization;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Evently.Shared.Configuration;
using Evently.Shared.Telemetry.Aws;
using Evently.Shared.Text;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Messaging.Sqs;

/// <summary>Queues on SQS. Each has a dead-letter queue named after it, joined by SQS's own redrive policy.</summary>
/// <param name="createQueues">Whether missing queues are made; otherwise they are only checked.</param>
internal sealed class SqsTransport(IAmazonSQS client, bool createQueues, StartPatience patience, TimeProvider time, ILogger<SqsQueue> logger) : IQueueTransport
{
    private const string DeadLetterSuffix = "-dead";

    /// <summary>SQS's longest, so that an outage of a weekend loses nothing.</summary>
    private static readonly TimeSpan Retention = TimeSpan.FromDays(14);

    public async ValueTask<IQueue> OpenAsync(string name, CancellationToken cancellationToken) =>
        await patience.ForAsync($"The SQS queue '{name}' ({MessagingOptions.Section}:QueuePrefix)", cancel => FindOrMakeAsync(name, cancel), cancellationToken);

    private async Task<SqsQueue> FindOrMakeAsync(string name, CancellationToken cancellationToken)
    {
        var dead = await FindAsync(name + DeadLetterSuffix, cancellationToken)
            ?? await CreateAsync(name + DeadLetterSuffix, deadLetterArn: null, cancellationToken);
        var deadArn = await ArnAsync(dead, cancellationToken);
        var url = await FindAsync(name, cancellationToken) ?? await CreateAsync(name, deadArn, cancellationToken);
        await EnsureRedrivePolicyAsync(name, url, deadArn, cancellationToken);
        return new SqsQueue(name, client, url, dead, deadArn, time, logger);
    }

    /// <summary>The client as the queues need it. Region, credentials and endpoint come from the AWS SDK's own variables.</summary>
    public static AmazonSQSConfig Configure(AmazonSQSConfig config)
    {
        // A long poll takes 20 s; short calls are bounded by the queue.
        config.Timeout = TimeSpan.FromSeconds(30);
        config.RetryMode = RequestRetryMode.Standard;
        config.MaxErrorRetry = 2;
        return config;
    }

    public static IAmazonSQS OpenClient(AwsTelemetry telemetry)
    {
        try
        {
            return new ObservedSqsClient(Configure(new AmazonSQSConfig()), telemetry);
        }
        catch (AmazonClientException exception)
        {
            throw new ConfigurationException(
                $"{MessagingOptions.Section}:Transport is 'sqs', but the AWS client cannot be made: {exception.Message} Set AWS_REGION, and AWS_ENDPOINT_URL_SQS for an endpoint of your own.");
        }
    }

    private async Task<string?> FindAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return (await client.GetQueueUrlAsync(name, cancellationToken)).QueueUrl;
        }
        catch (QueueDoesNotExistException)
        {
            return null;
        }
    }

    private async Task<string> CreateAsync(string name, string? deadLetterArn, CancellationToken cancellationToken)
    {
        if (!createQueues)
            throw new ConfigurationException($"The queue '{name}' does not exist, and {MessagingOptions.Section}:CreateQueues is false.");
        var attributes = new Dictionary<string, string> { [QueueAttributeName.MessageRetentionPeriod] = Seconds(Retention) };
        if (deadLetterArn is not null)
            attributes[QueueAttributeName.RedrivePolicy] = RedrivePolicy(deadLetterArn);

        // Several instances may start at once: making the same queue again answers with its address.
        return (await client.CreateQueueAsync(new CreateQueueRequest { QueueName = name, Attributes = attributes }, cancellationToken)).QueueUrl;
    }

    private async Task<string> ArnAsync(string url, CancellationToken cancellationToken) =>
        (await client.GetQueueAttributesAsync(url, [QueueAttributeName.QueueArn], cancellationToken)).Attributes[QueueAttributeName.QueueArn];

    private async Task EnsureRedrivePolicyAsync(string name, string url, string deadArn, CancellationToken cancellationToken)
    {
        var response = await client.GetQueueAttributesAsync(url, [QueueAttributeName.RedrivePolicy], cancellationToken);
        var policy = response.Attributes?.GetValueOrDefault(QueueAttributeName.RedrivePolicy);
        if (policy is not null && ReceivesBefore(policy, deadArn) is { } receives && (receives == QueueLimits.MaxReceives || (!createQueues && receives >= QueueLimits.MaxFailures)))
            return;
        if (!createQueues)
        {
            throw new ConfigurationException(
                $"The queue '{name}' needs a redrive policy to '{name}{DeadLetterSuffix}' after {QueueLimits.MaxReceives} receives (at least {QueueLimits.MaxFailures}), and {MessagingOptions.Section}:CreateQueues is false.");
        }

        await client.SetQueueAttributesAsync(url, new Dictionary<string, string> { [QueueAttributeName.RedrivePolicy] = RedrivePolicy(deadArn) }, cancellationToken);
    }

    /// <summary>Null when the policy leads elsewhere.</summary>
    private static int? ReceivesBefore(string policy, string deadArn)
    {
        using var json = JsonDocument.Parse(policy);
        return json.RootElement.TryGetProperty("deadLetterTargetArn", out var target)
            && target.GetString() == deadArn
            && json.RootElement.TryGetProperty("maxReceiveCount", out var count)
            && CanonicalNumber.TryParse(count.ToString(), out int receives)
            ? receives
            : null;
    }

    private static string RedrivePolicy(string deadArn) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"deadLetterTargetArn":"{{deadArn}}","maxReceiveCount":{{QueueLimits.MaxReceives}}}""");

    private static string Seconds(TimeSpan time) => ((int)time.TotalSeconds).ToString(CultureInfo.InvariantCulture);
}
