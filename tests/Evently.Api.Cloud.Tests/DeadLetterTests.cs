using Amazon.DynamoDBv2.Model;

namespace Evently.Api.Cloud.Tests;

[Collection(CloudCluster.Name)]
public sealed class DeadLetterTests(CloudCluster cloud)
{
    private const string Queue = CloudCluster.QueuePrefix + "-analytics";
    private const int CountShards = 8;

    /// <summary>Five deliveries with growing pauses between them.</summary>
    private static readonly TimeSpan AllDeliveries = TimeSpan.FromSeconds(45);

    [Fact]
    public async Task A_message_that_a_damaged_row_stops_is_dead_until_the_row_is_mended_and_nothing_behind_it_waits()
    {
        var world = cloud.Cluster.World;
        var user = await world.CustomerAsync();
        var (damaged, healthy) = (await world.ShowAsync(), await world.ShowAsync());
        var booking = await damaged.BuyAsync(user, "A-1");
        await FiguresAreAsync(damaged, bookings: 1, cancelled: 0);
        await ForEachShardAsync(damaged, "SET cancelled = :damaged", new() { [":damaged"] = new() { S = "damaged" } });

        (await user.Api.PostAsync($"/bookings/{booking}/cancel")).Is(200);
        await healthy.BuyAsync(user, "A-1");

        await FiguresAreAsync(healthy, bookings: 1, cancelled: 0);
        Assert.Equal(0, await DeadLettersAsync(world));
        await Eventually.HoldsAsync(async () => Assert.Equal(1, await DeadLettersAsync(world)), AllDeliveries);

        await ForEachShardAsync(damaged, "REMOVE cancelled", values: null);
        var redriven = (await (await world.SupportAsync()).Api.PostAsync($"/support/queues/{Queue}/redrive")).Is(200);

        Assert.Equal(1, redriven.Number("moved"));
        await FiguresAreAsync(damaged, bookings: 0, cancelled: 1);
        await Eventually.HoldsAsync(async () => Assert.Equal(0, await DeadLettersAsync(world)));
    }

    private static Task<Answer> FiguresAreAsync(Show show, int bookings, int cancelled) => Eventually.AnswersAsync(
        () => show.Organizer.Api.GetAsync($"{show.Path}/analytics"),
        answer => answer.Is(200) is var figures && figures.Number("successful_bookings") == bookings && figures.Number("cancelled_bookings") == cancelled);

    private static async Task<int> DeadLettersAsync(World world)
    {
        var queues = (await (await world.SupportAsync()).Api.GetAsync("/support/queues")).Is(200).List();
        return Assert.Single(queues, queue => queue.GetProperty("name").GetString() == Queue).GetProperty("dead_letters").GetInt32();
    }

    /// <summary>Changes every counter item of the event; which of them a message is added to is Analytics' own business.</summary>
    private async Task ForEachShardAsync(Show show, string update, Dictionary<string, AttributeValue>? values)
    {
        for (var shard = 0; shard < CountShards; shard++)
        {
            await cloud.Table.UpdateItemAsync(new UpdateItemRequest
            {
                TableName = CloudCluster.TableName,
                Key = new() { ["pk"] = new() { S = $"ANALYTICS#COUNTS#{show.EventId}#{shard}" }, ["sk"] = new() { S = "COUNTS" } },
                UpdateExpression = update,
                ExpressionAttributeValues = values,
            });
        }
    }
}
