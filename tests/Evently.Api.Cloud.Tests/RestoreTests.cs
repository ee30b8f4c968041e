using System.Text.Json.Nodes;
using Amazon.DynamoDBv2.Model;
using Evently.Api.Cloud.Tests.Faults;
using Evently.Api.Tests.Running;
using Evently.Shared.Http;

namespace Evently.Api.Cloud.Tests;

/// <summary>A table that goes back to an earlier second, in the steps of docs/operations.md.</summary>
[Collection(CloudCluster.Name)]
public sealed class RestoreTests(CloudCluster cloud)
{
    private const int Bookings = 3;

    [Fact]
    public async Task After_a_restore_and_a_replay_every_booking_of_an_event_that_was_cancelled_in_between_is_refunded_and_the_audit_is_clean()
    {
        _ = cloud.Cluster;
        var (live, restored) = (World.Unique("live"), World.Unique("restored"));
        var holdsBack = new HoldingBack();
        await using var queues = await FaultProxy.StartAsync(cloud.QueuesAddress, holdsBack);
        var began = TimeProvider.System.GetUtcNow();
        await using var host = await EventlyHost.StartAsync(CloudCluster.Settings(cloud.TableAddress, queues.Address, live, live));
        var (cancelled, other) = (await host.World.ShowAsync(), await host.World.ShowAsync());
        var user = await host.World.CustomerAsync();
        var ids = new List<string>();
        for (var seat = 1; seat <= Bookings; seat++)
            ids.Add(await cancelled.BuyAsync(user, $"A-{seat}"));
        var kept = await other.BuyAsync(user, "A-1");
        var returned = await other.BuyAsync(user, "A-2");

        // What is sent from here on lies in the queues at the second of the restore.
        holdsBack.IsOn = true;
        (await cancelled.Organizer.Api.PostAsync($"{cancelled.Path}/cancel")).Is(200);
        (await user.Api.PostAsync($"/bookings/{returned}/cancel")).Is(200);
        var support = await host.World.SupportAsync();
        await Eventually.HoldsAsync(async () => Assert.All(
            (await support.Api.GetAsync("/support/queues")).Is(200).List(), queue => Assert.Equal(0, queue.GetProperty("outbox_depth").GetInt32())));
        await host.KillAsync();
        await CopyTableAsync(live, restored);
        await PurgeAsync(live);
        holdsBack.IsOn = false;

        var (exitCode, output) = await EventlyHost.RunToEndAsync(
            CloudCluster.Settings(cloud.TableAddress, cloud.QueuesAddress, restored, live), "--replay-sent", Rfc3339.Format(began));
        Assert.True(exitCode == 0, output);
        Assert.DoesNotContain("Sent 0 messages", output, StringComparison.Ordinal);
        await host.RestartAsync([KeyValuePair.Create("Evently__Storage__TableName", (string?)restored)]);

        foreach (var id in ids)
        {
            await Eventually.HoldsAsync(async () =>
            {
                var payments = await cancelled.PaymentsAsync(id);
                Assert.Equal((1, 1), (payments.Charges().Count, payments.Refunds().Count));
            });
        }

        await CrashAftermath.SettlesAsync(host.World, cancelled);
        await CrashAftermath.SettlesAsync(host.World, other);
        Assert.Equal("confirmed", (await user.Api.GetAsync($"/bookings/{kept}")).Is(200).String("state"));
        Assert.Equal("cancelled", (await user.Api.GetAsync($"/bookings/{returned}")).Is(200).String("state"));
    }

    /// <summary>Of one moment: nobody writes meanwhile.</summary>
    private async Task CopyTableAsync(string from, string to)
    {
        var table = (await cloud.Table.DescribeTableAsync(from)).Table;
        await cloud.Table.CreateTableAsync(new CreateTableRequest
        {
            TableName = to,
            KeySchema = table.KeySchema,
            AttributeDefinitions = table.AttributeDefinitions,
            BillingMode = Amazon.DynamoDBv2.BillingMode.PAY_PER_REQUEST,
            GlobalSecondaryIndexes = table.GlobalSecondaryIndexes.ConvertAll(index => new GlobalSecondaryIndex
            {
                IndexName = index.IndexName,
                KeySchema = index.KeySchema,
                Projection = index.Projection,
            }),
        });
        Dictionary<string, AttributeValue>? after = null;
        do
        {
            var page = await cloud.Table.ScanAsync(new ScanRequest(from) { ExclusiveStartKey = after });
            foreach (var item in page.Items)
                await cloud.Table.PutItemAsync(to, item);
            after = page.LastEvaluatedKey is { Count: > 0 } last ? last : null;
        }
        while (after is not null);
    }

    private async Task PurgeAsync(string prefix)
    {
        foreach (var url in (await cloud.Queues.ListQueuesAsync(prefix)).QueueUrls)
            await cloud.Queues.PurgeQueueAsync(url);
    }

    /// <summary>While it is on, nobody receives anything: a poll that waits since before is answered with nothing as well.</summary>
    private sealed class HoldingBack : AwsFaults
    {
        private readonly Fault[] _receive;

        public HoldingBack()
        {
            _receive = [new("held back", ReceiveAsync)];
            Begin(share: 1, seed: 1);
        }

        public volatile bool IsOn;

        protected override IReadOnlyList<Fault> Of(string operation) => operation == "ReceiveMessage" ? _receive : [];

        private async Task<AwsAnswer?> ReceiveAsync(AwsCall call, Func<AwsCall, Task<AwsAnswer>> forward)
        {
            var answer = await forward(call);
            return IsOn ? answer.With(new JsonObject()) : answer;
        }
    }
}
