using Amazon.SQS;
using Evently.Shared.Configuration;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Tests.Emulators;

namespace Evently.Shared.Tests.Messaging.Queues;

/// <summary>The contract against an SQS server, and how queues are made and checked.</summary>
[Collection(FauxSqs.Collection)]
public sealed class SqsQueueTests : QueueContract
{
    private readonly FauxSqs _server;
    private readonly string _name = $"test-{new IdGenerator(TimeProvider.System).Next()}";

    public SqsQueueTests(FauxSqs server)
    {
        _server = server;
        server.SkipIfMissing();
    }

    [Fact]
    public async Task A_missing_queue_is_made_with_its_dead_letter_queue()
    {
        await OpenAsync();

        var url = (await _server.Client.GetQueueUrlAsync(_name, Token)).QueueUrl;
        var dead = (await _server.Client.GetQueueUrlAsync($"{_name}-dead", Token)).QueueUrl;
        var policy = (await _server.Client.GetQueueAttributesAsync(url, [QueueAttributeName.RedrivePolicy], Token)).Attributes[QueueAttributeName.RedrivePolicy];
        var retention = (await _server.Client.GetQueueAttributesAsync(dead, [QueueAttributeName.MessageRetentionPeriod], Token)).MessageRetentionPeriod;
        Assert.Contains($"{_name}-dead", policy, StringComparison.Ordinal);
        Assert.Equal((int)TimeSpan.FromDays(14).TotalSeconds, retention);
    }

    [Fact]
    public async Task Opening_a_queue_again_finds_it()
    {
        var queue = await OpenAsync();
        await queue.SendAsync([Message("1")], Token);

        Assert.Single(await ReceiveAsync(await OpenAsync(), 10));
    }

    [Fact]
    public async Task A_missing_queue_stops_the_start_where_queues_are_managed_elsewhere()
    {
        var transport = _server.Transport(createQueues: false);

        var thrown = await Assert.ThrowsAsync<ConfigurationException>(async () => await transport.OpenAsync(_name, Token));

        Assert.Contains($"'{_name}-dead' does not exist", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_queue_without_its_redrive_policy_gets_it_or_stops_the_start()
    {
        await _server.Client.CreateQueueAsync(_name, Token);
        await _server.Client.CreateQueueAsync($"{_name}-dead", Token);
        var thrown = await Assert.ThrowsAsync<ConfigurationException>(async () => await _server.Transport(createQueues: false).OpenAsync(_name, Token));
        Assert.Contains("redrive policy", thrown.Message, StringComparison.Ordinal);

        await OpenAsync();

        Assert.NotNull(await _server.Transport(createQueues: false).OpenAsync(_name, Token));
    }

    [Fact]
    public async Task A_queue_of_an_earlier_build_is_taken_where_it_is_managed_elsewhere_and_widened_where_it_is_not()
    {
        var dead = (await _server.Client.CreateQueueAsync($"{_name}-dead", Token)).QueueUrl;
        var arn = (await _server.Client.GetQueueAttributesAsync(dead, [QueueAttributeName.QueueArn], Token)).Attributes[QueueAttributeName.QueueArn];
        var url = (await _server.Client.CreateQueueAsync(_name, Token)).QueueUrl;
        await SetReceivesAsync(QueueLimits.MaxFailures - 1);
        await Assert.ThrowsAsync<ConfigurationException>(async () => await _server.Transport(createQueues: false).OpenAsync(_name, Token));

        await SetReceivesAsync(QueueLimits.MaxFailures);
        await _server.Transport(createQueues: false).OpenAsync(_name, Token);
        Assert.Contains($"\"maxReceiveCount\":{QueueLimits.MaxFailures}", await PolicyAsync(), StringComparison.Ordinal);

        await OpenAsync();
        Assert.Contains($"\"maxReceiveCount\":{QueueLimits.MaxReceives}", await PolicyAsync(), StringComparison.Ordinal);

        async Task SetReceivesAsync(int receives) => await _server.Client.SetQueueAttributesAsync(
            url, new Dictionary<string, string> { [QueueAttributeName.RedrivePolicy] = $$"""{"deadLetterTargetArn":"{{arn}}","maxReceiveCount":{{receives}}}""" }, Token);

        async Task<string> PolicyAsync() =>
            (await _server.Client.GetQueueAttributesAsync(url, [QueueAttributeName.RedrivePolicy], Token)).Attributes[QueueAttributeName.RedrivePolicy];
    }

    [Fact]
    public async Task Characters_that_SQS_refuses_arrive_escaped()
    {
        var queue = await OpenAsync();
        var sent = Message("1") with { Body = "{\"text\":\"a\uFFFFb\uFFFEc\"}" };

        Assert.Empty(await queue.SendAsync([sent], Token));

        using var json = System.Text.Json.JsonDocument.Parse(Assert.Single(await ReceiveAsync(queue, 10)).Message.Body);
        Assert.Equal("a\uFFFFb\uFFFEc", json.RootElement.GetProperty("text").GetString());
    }

    [Fact]
    public async Task An_entry_that_SQS_refuses_is_named_and_its_neighbours_are_sent()
    {
        var queue = await OpenAsync();

        var failed = await queue.SendAsync([Message("1"), Message("2") with { Body = "\u0001" }, Message("3")], Token);

        Assert.Equal([1], failed);
        Assert.Equal(["1", "3"], (await ReceiveAllAsync(queue, 2)).Select(message => message.Message.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_unreachable_server_is_told_by_the_answer()
    {
        var queue = await OpenAsync();
        await _server.Client.DeleteQueueAsync((await _server.Client.GetQueueUrlAsync(_name, Token)).QueueUrl, Token);

        Assert.Equal([0, 1], await queue.SendAsync([Message("1"), Message("2")], Token));
    }

    [Fact]
    public async Task More_dead_letters_than_asked_for_are_moved_only_as_far_as_asked()
    {
        var queue = await OpenAsync();
        var dead = (await _server.Client.GetQueueUrlAsync($"{_name}-dead", Token)).QueueUrl;
        for (var i = 0; i < 12; i++)
            await _server.Client.SendMessageAsync(dead, "{}", Token);

        Assert.Equal(11, await queue.RedriveAsync(11, Token));
        Assert.Equal(1, (await queue.FiguresAsync(Token)).DeadLetters);
    }

    protected override ValueTask<IQueue> OpenAsync() => _server.Transport().OpenAsync(_name, Token);
}
