using System.Collections.Concurrent;
using System.Globalization;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Evently.Shared.Telemetry.Aws;
using Microsoft.Extensions.Logging;

namespace Evently.Shared.Messaging.Sqs;

/// <summary>A standard queue of SQS and its dead-letter queue. Batches of 10; what fails of a batch is told entry by entry.</summary>
internal sealed partial class SqsQueue(
    string name,
    IAmazonSQS client,
    string url,
    string deadLetterUrl,
    string deadLetterArn,
    TimeProvider time,
    ILogger<SqsQueue> logger) : IQueue
{
    private const int ConcurrentBatches = 8;

    /// <summary>SQS's longest poll.</summary>
    private const int LongestWaitSeconds = 20;

    /// <summary>Long enough to send a batch of dead letters on before they are visible to another mover.</summary>
    private const int MoveSeconds = 60;

    private static readonly TimeSpan ShortCall = TimeSpan.FromSeconds(10);

    public string Name { get; } = name;

    public async ValueTask<IReadOnlyList<int>> SendAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken) =>
        await SendToAsync(url, messages, delaySeconds: 0, cancellationToken);

    public async ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int max, TimeSpan wait, TimeSpan visibility, CancellationToken cancellationToken) =>
        await ReceiveFromAsync(url, max, Math.Min(LongestWaitSeconds, (int)Math.Ceiling(wait.TotalSeconds)), Seconds(visibility), cancellationToken);

    public async ValueTask DeleteAsync(IReadOnlyList<ReceivedMessage> messages, CancellationToken cancellationToken) =>
        await DeleteFromAsync(url, messages, cancellationToken);

    public async ValueTask ChangeVisibilityAsync(IReadOnlyList<ReceivedMessage> messages, TimeSpan visibility, CancellationToken cancellationToken)
    {
        var seconds = Seconds(visibility);
        await SettleAsync("visibility", messages, async (batch, token) =>
        {
            var entries = batch.Select((message, index) => new ChangeMessageVisibilityBatchRequestEntry(Id(index), message.Receipt) { VisibilityTimeout = seconds });
            return (await client.ChangeMessageVisibilityBatchAsync(SqsCall.About(new ChangeMessageVisibilityBatchRequest(url, [.. entries]), batch), token)).Failed;
        }, cancellationToken);
    }

    public ValueTask DeferAsync(IReadOnlyList<ReceivedMessage> messages, TimeSpan delay, CancellationToken cancellationToken) =>
        MoveAsync(url, messages, Seconds(delay < QueueLimits.LongestDelay ? delay : QueueLimits.LongestDelay), cancellationToken);

    public ValueTask BuryAsync(IReadOnlyList<ReceivedMessage> messages, CancellationToken cancellationToken) =>
        MoveAsync(deadLetterUrl, messages, delaySeconds: 0, cancellationToken);

    public async ValueTask<QueueFigures> FiguresAsync(CancellationToken cancellationToken)
    {
        var waiting = await CountsAsync(url, cancellationToken);
        var dead = await CountsAsync(deadLetterUrl, cancellationToken);
        return new QueueFigures(
            waiting.ApproximateNumberOfMessages + waiting.ApproximateNumberOfMessagesDelayed,
            waiting.ApproximateNumberOfMessagesNotVisible,
            OldestAge: null,
            dead.ApproximateNumberOfMessages + dead.ApproximateNumberOfMessagesNotVisible);
    }

    public async ValueTask<int> RedriveAsync(int max, CancellationToken cancellationToken)
    {
        // SQS moves everything or nothing, and tells the number only roughly.
        var dead = (await FiguresAsync(cancellationToken)).DeadLetters;
        return dead > 0 && dead <= max && await TryStartMoveAsync(cancellationToken) ? dead : await RedriveOneByOneAsync(max, cancellationToken);
    }

    private async Task<bool> TryStartMoveAsync(CancellationToken cancellationToken)
    {
        try
        {
            await client.StartMessageMoveTaskAsync(new StartMessageMoveTaskRequest { SourceArn = deadLetterArn }, cancellationToken);
            return true;
        }
        catch (AmazonServiceException exception)
        {
            // A task runs already, or the endpoint has none.
            Log.MoveTaskRefused(logger, Name, exception.ErrorCode ?? exception.Message);
            return false;
        }
    }

    /// <summary>Sends dead letters again and then deletes them; a crash between leaves one twice, which at-least-once allows.</summary>
    private async Task<int> RedriveOneByOneAsync(int max, CancellationToken cancellationToken)
    {
        var moved = 0;
        while (moved < max)
        {
            var dead = await ReceiveFromAsync(deadLetterUrl, Math.Min(max - moved, QueueLimits.BatchEntries), waitSeconds: 1, MoveSeconds, cancellationToken);
            if (dead.Count == 0)
                break;
            var failed = await SendAsync([.. dead.Select(message => message.Message)], cancellationToken);
            var sent = dead.Where((_, index) => !failed.Contains(index)).ToList();
            await DeleteFromAsync(deadLetterUrl, sent, cancellationToken);
            moved += sent.Count;
            if (sent.Count == 0)
                break;
        }

        return moved;
    }

    /// <summary>A copy first, then the delete: a crash between leaves two.</summary>
    private async ValueTask MoveAsync(string targetUrl, IReadOnlyList<ReceivedMessage> messages, int delaySeconds, CancellationToken cancellationToken)
    {
        var failed = await SendToAsync(targetUrl, [.. messages.Select(message => message.Message)], delaySeconds, cancellationToken);
        await DeleteFromAsync(url, [.. messages.Where((_, index) => !failed.Contains(index))], cancellationToken);
        if (failed.Count > 0)
            throw new QueueUnavailableException($"{failed.Count} messages of {Name} could not be moved.");
    }

    private async ValueTask<IReadOnlyList<int>> SendToAsync(string targetUrl, IReadOnlyList<QueueMessage> messages, int delaySeconds, CancellationToken cancellationToken)
    {
        var failed = new ConcurrentBag<int>();
        await ForEachBatchAsync(SqsMessages.Batches(messages, delaySeconds), batch => SendBatchAsync(targetUrl, batch, failed, cancellationToken), cancellationToken);
        return [.. failed.Order()];
    }

    private async Task<IReadOnlyList<ReceivedMessage>> ReceiveFromAsync(string queueUrl, int max, int waitSeconds, int visibilitySeconds, CancellationToken cancellationToken)
    {
        var response = await client.ReceiveMessageAsync(
            new ReceiveMessageRequest(queueUrl)
            {
                MaxNumberOfMessages = Math.Min(max, QueueLimits.BatchEntries),
                WaitTimeSeconds = waitSeconds,
                VisibilityTimeout = visibilitySeconds,
                MessageSystemAttributeNames = SqsMessages.SystemAttributes,
                MessageAttributeNames = SqsMessages.Attributes,
            },
            cancellationToken);
        return response.Messages is { } messages ? messages.ConvertAll(SqsMessages.Read) : [];
    }

    private Task DeleteFromAsync(string queueUrl, IReadOnlyList<ReceivedMessage> messages, CancellationToken cancellationToken) =>
        SettleAsync("delete", messages, async (batch, token) =>
        {
            var entries = batch.Select((message, index) => new DeleteMessageBatchRequestEntry(Id(index), message.Receipt));
            return (await client.DeleteMessageBatchAsync(SqsCall.About(new DeleteMessageBatchRequest(queueUrl, [.. entries]), batch), token)).Failed;
        }, cancellationToken);

    /// <summary>
    /// Every batch is tried. An entry that SQS calls the sender's fault has a receipt that no longer counts: its message was received again, and
    /// the same call would fail again.
    /// </summary>
    private async Task SettleAsync(
        string operation,
        IReadOnlyList<ReceivedMessage> messages,
        Func<ReceivedMessage[], CancellationToken, Task<List<BatchResultErrorEntry>?>> call,
        CancellationToken cancellationToken)
    {
        var failures = new ConcurrentBag<Exception?>();
        await ForEachBatchAsync(messages.Chunk(QueueLimits.BatchEntries), async batch =>
        {
            try
            {
                await CallAsync(
                    async token =>
                    {
                        var failed = await call(batch, token);
                        LogFailures(operation, failed);
                        if (failed?.Exists(entry => entry.SenderFault != true) == true)
                            failures.Add(null);
                    },
                    cancellationToken);
            }
#pragma warning disable CA1031 // The other batches are tried all the same; the caller hears of it.
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                failures.Add(exception);
            }
        }, cancellationToken);
        if (!failures.IsEmpty)
            throw new QueueUnavailableException($"The {operation} of messages of {Name} was not done in full.", failures.FirstOrDefault(failure => failure is not null));
    }

    private async Task SendBatchAsync(string targetUrl, List<SendMessageBatchRequestEntry> batch, ConcurrentBag<int> failed, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync(
                async token =>
                {
                    var response = await client.SendMessageBatchAsync(targetUrl, batch, token);
                    LogFailures("send", response.Failed);
                    foreach (var entry in response.Failed ?? [])
                        failed.Add(int.Parse(entry.Id, CultureInfo.InvariantCulture));
                },
                cancellationToken);
        }
#pragma warning disable CA1031 // Other batches may have been stored: the answer says which messages were not.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Log.SendFailed(logger, batch.Count, Name, exception);
            foreach (var entry in batch)
                failed.Add(int.Parse(entry.Id, CultureInfo.InvariantCulture));
        }
    }

    private async Task CallAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        using var bound = new CancellationTokenSource(ShortCall, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, cancellationToken);
        await call(either.Token);
    }

    private static Task ForEachBatchAsync<T>(IEnumerable<T> batches, Func<T, Task> action, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        batches,
        new ParallelOptions { MaxDegreeOfParallelism = ConcurrentBatches, CancellationToken = cancellationToken },
        async (batch, _) => await action(batch));

    private Task<GetQueueAttributesResponse> CountsAsync(string queueUrl, CancellationToken cancellationToken) => client.GetQueueAttributesAsync(
        queueUrl,
        [
            QueueAttributeName.ApproximateNumberOfMessages,
            QueueAttributeName.ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName.ApproximateNumberOfMessagesDelayed,
        ],
        cancellationToken);

    private void LogFailures(string operation, List<BatchResultErrorEntry>? failed)
    {
        foreach (var entry in failed ?? [])
            Log.EntryFailed(logger, operation, Name, entry.Code, entry.Message);
    }

    /// <summary>SQS counts whole seconds.</summary>
    private static int Seconds(TimeSpan time) => (int)Math.Round(time.TotalSeconds, MidpointRounding.AwayFromZero);

    private static string Id(int index) => index.ToString(CultureInfo.InvariantCulture);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "SQS refused the {Operation} of a message of {Queue}: {Code} {Reason}")]
        public static partial void EntryFailed(ILogger logger, string operation, string queue, string code, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "A batch of {Count} messages could not be sent to {Queue}")]
        public static partial void SendFailed(ILogger logger, int count, string queue, Exception exception);

        [LoggerMessage(Level = LogLevel.Information, Message = "SQS does not move the dead letters of {Queue} by itself ({Reason}); moving them one by one")]
        public static partial void MoveTaskRefused(ILogger logger, string queue, string reason);
    }
}
