using System.Text.Json;
using Amazon.Runtime;
using Amazon.SQS;
using Evently.Shared.Configuration;
using Evently.Shared.Messaging;
using Evently.Shared.Messaging.Sqs;
using Microsoft.Extensions.Logging.Abstractions;

namespace Evently.Shared.Tests.Messaging.Queues;

public sealed class SqsFaultTests : IDisposable
{
    private const string Body = "{}";
    private readonly ScriptedSqs _service = new();
    private readonly AmazonSQSClient _client;
    private readonly SqsQueue _queue;

    public SqsFaultTests()
    {
        _client = _service.Client();
        _queue = ScriptedSqs.Queue(_client);
    }

    private static StartPatience Patience => new(TimeProvider.System, NullLogger<StartPatience>.Instance);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _client.Dispose();
        _service.Dispose();
    }

    [Fact]
    public async Task Dead_letters_are_moved_inside_of_SQS_where_it_takes_the_task()
    {
        Has(dead: 3).On("StartMessageMoveTask", _ => """{"TaskHandle":"task"}""");

        Assert.Equal(3, await _queue.RedriveAsync(1_000, Cancellation));

        var task = Assert.Single(_service.Requests, request => request.Operation == "StartMessageMoveTask").Body;
        Assert.EndsWith("evently-test-dead", task.GetProperty("SourceArn").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("ReceiveMessage", _service.Operations);
    }

    [Theory]
    [InlineData("ResourceNotFoundException")]
    [InlineData("UnsupportedOperation")]
    public async Task Dead_letters_are_moved_one_by_one_where_SQS_refuses_the_task(string refusal)
    {
        var left = 2;
        Has(dead: 2).Refuse("StartMessageMoveTask", refusal)
            .On("ReceiveMessage", _ => ScriptedSqs.Received(left-- > 0 ? 1 : 0))
            .On("SendMessageBatch", ScriptedSqs.Sent)
            .On("DeleteMessageBatch", _ => """{"Successful":[{"Id":"0"}],"Failed":[]}""");

        Assert.Equal(2, await _queue.RedriveAsync(1_000, Cancellation));

        // Sent before it is deleted: a crash between leaves it twice rather than not at all.
        Assert.Equal(
            ["ReceiveMessage", "SendMessageBatch", "DeleteMessageBatch", "ReceiveMessage", "SendMessageBatch", "DeleteMessageBatch", "ReceiveMessage"],
            _service.Operations.SkipWhile(operation => operation != "ReceiveMessage"));
    }

    [Fact]
    public async Task A_dead_letter_that_can_t_be_sent_again_is_not_deleted()
    {
        Has(dead: 1).Refuse("StartMessageMoveTask", "UnsupportedOperation")
            .On("ReceiveMessage", _ => ScriptedSqs.Received(1))
            .On("SendMessageBatch", _ => """{"Successful":[],"Failed":[{"Id":"0","SenderFault":false,"Code":"InternalError"}]}""");

        Assert.Equal(0, await _queue.RedriveAsync(1_000, Cancellation));

        Assert.DoesNotContain("DeleteMessageBatch", _service.Operations);
    }

    [Fact]
    public async Task More_dead_letters_than_may_be_moved_are_not_moved_by_the_task_which_takes_all()
    {
        Has(dead: 5).On("ReceiveMessage", _ => ScriptedSqs.Received(1)).On("SendMessageBatch", ScriptedSqs.Sent).On("DeleteMessageBatch", _ => """{"Successful":[{"Id":"0"}],"Failed":[]}""");

        Assert.Equal(2, await _queue.RedriveAsync(2, Cancellation));

        Assert.DoesNotContain("StartMessageMoveTask", _service.Operations);
    }

    [Fact]
    public async Task Messages_carry_their_group_so_that_one_event_does_not_starve_the_others()
    {
        _service.On("SendMessageBatch", ScriptedSqs.Sent);

        Assert.Empty(await _queue.SendAsync([new QueueMessage("1", "event-a", Body, null), new QueueMessage("2", "", Body, null)], Cancellation));

        var entries = Assert.Single(_service.Requests).Body.GetProperty("Entries");
        Assert.Equal("event-a", entries[0].GetProperty("MessageGroupId").GetString());
        Assert.False(entries[1].TryGetProperty("MessageGroupId", out _));
    }

    [Fact]
    public async Task A_batch_whose_answer_is_lost_counts_as_not_sent_and_the_others_as_sent()
    {
        var batches = 0;
        _service.On("SendMessageBatch", request => request.GetProperty("Entries").EnumerateArray().Any(entry => entry.GetProperty("Id").GetString() == "0") && batches++ >= 0
            ? throw new HttpRequestException(HttpRequestError.ResponseEnded, "lost")
            : ScriptedSqs.Sent(request));

        var failed = await _queue.SendAsync([.. Enumerable.Range(0, 15).Select(id => new QueueMessage($"{id}", "", Body, null))], Cancellation);

        Assert.Equal(Enumerable.Range(0, QueueLimits.BatchEntries), failed);
        Assert.InRange(batches, 2, 3);
    }

    [Fact]
    public async Task A_start_waits_for_SQS_that_is_too_busy_and_not_for_one_that_forbids()
    {
        var refusals = 0;
        _service.On("GetQueueUrl", request => $$"""{"QueueUrl":"http://scripted.invalid/000000000000/{{request.GetProperty("QueueName").GetString()}}" }""");
        _service.On("GetQueueAttributes", request => refusals++ < 4
            ? throw new HttpRequestException(HttpRequestError.ConnectionError, "refused")
            : """{"Attributes":{"QueueArn":"arn","RedrivePolicy":"{\"deadLetterTargetArn\":\"arn\",\"maxReceiveCount\":20}"}}""");
        var transport = new SqsTransport(_client, createQueues: false, Patience, TimeProvider.System, NullLogger<SqsQueue>.Instance);

        Assert.Equal("evently-test", (await transport.OpenAsync("evently-test", Cancellation)).Name);
        Assert.True(refusals > 4, "It did not try again.");

        _service.Refuse("GetQueueAttributes", "AccessDenied");
        await Assert.ThrowsAsync<ConfigurationException>(async () => await transport.OpenAsync("evently-test", Cancellation));
    }

    [Fact]
    public async Task A_start_waits_for_queues_that_are_so_young_that_SQS_denies_them()
    {
        var denials = 0;
        _service.Refuse("GetQueueUrl", "QueueDoesNotExist");
        _service.On("CreateQueue", request => $$"""{"QueueUrl":"http://scripted.invalid/000000000000/{{request.GetProperty("QueueName").GetString()}}" }""");
        _service.OnOrRefuse("GetQueueAttributes", "QueueDoesNotExist", _ => ++denials <= 2
            ? null
            : """{"Attributes":{"QueueArn":"arn","RedrivePolicy":"{\"deadLetterTargetArn\":\"arn\",\"maxReceiveCount\":20}"}}""");
        var transport = new SqsTransport(_client, createQueues: true, Patience, TimeProvider.System, NullLogger<SqsQueue>.Instance);

        Assert.Equal("evently-test", (await transport.OpenAsync("evently-test", Cancellation)).Name);

        Assert.True(denials > 2, "It was not denied.");
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task A_delete_that_SQS_did_not_do_is_told_unless_its_receipt_no_longer_counts(bool senderFault, bool isTold)
    {
        _service.On("DeleteMessageBatch", _ => $$"""{"Successful":[],"Failed":[{"Id":"0","SenderFault":{{(senderFault ? "true" : "false")}},"Code":"scripted"}]}""");
        var deleting = _queue.DeleteAsync([new ReceivedMessage(new QueueMessage("1", "", Body, null), "r", 1, DateTimeOffset.UnixEpoch)], Cancellation).AsTask();

        if (isTold)
            await Assert.ThrowsAsync<QueueUnavailableException>(() => deleting);
        else
            await deleting;
    }

    [Fact]
    public async Task A_message_is_not_deleted_before_its_copy_is_a_dead_letter()
    {
        _service.On("SendMessageBatch", _ => """{"Successful":[],"Failed":[{"Id":"0","SenderFault":false,"Code":"InternalError"}]}""");
        var message = new ReceivedMessage(new QueueMessage("1", "", Body, null), "r", 1, DateTimeOffset.UnixEpoch);

        await Assert.ThrowsAsync<QueueUnavailableException>(async () => await _queue.BuryAsync([message], Cancellation));

        Assert.EndsWith("-dead", Assert.Single(_service.Requests).Body.GetProperty("QueueUrl").GetString(), StringComparison.Ordinal);
    }

    private ScriptedSqs Has(int dead) => _service.On("GetQueueAttributes", request =>
    {
        var count = request.GetProperty("QueueUrl").GetString()!.EndsWith("-dead", StringComparison.Ordinal) ? dead : 0;
        return $$"""{"Attributes":{"ApproximateNumberOfMessages":"{{count}}","ApproximateNumberOfMessagesNotVisible":"0","ApproximateNumberOfMessagesDelayed":"0"} }""";
    });
}
