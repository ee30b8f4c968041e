using Amazon.DynamoDBv2.Model;

namespace Evently.Api.Cloud.Tests;

[Collection(CloudCluster.Name)]
public sealed class DeadLetterTests(CloudCluster cloud)
{
    private const string Queue = CloudCluster.QueuePrefix + "-analytics";
    private const int SeatShards = 4;

    /// <summary>Five deliveries with growing pauses between them.</summary>
    private static readonly TimeSpan AllDeliveries = TimeSpan.FromSeconds(45);

    [Fact]
    public async Task A_message_that_a_damaged_row_stops_is_dead_until_the_row_is_mended_and_nothing_behind_it_waits()
    {
        var world = cloud.Cluster.World;
        var user = await world.CustomerAsync();
        var (damaged, healthy) = (await world.ShowAsync(), await world.ShowAsync());
        await ForEachShardAsync(damaged, key => cloud.Table.PutItemAsync(CloudCluster.TableName, new(key) { ["l1"] = new() { S = "damaged" } }));

        await damaged.BuyAsync(user, "A-1");
        await healthy.BuyAsync(user, "A-1");

        await BookingsAreAsync(healthy, 1);
        Assert.Equal(0, await DeadLettersAsync(world));
        await Eventually.HoldsAsync(async () => Assert.Equal(1, await DeadLettersAsync(world)), AllDeliveries);
        await BookingsAreAsync(damaged, 0);

        await ForEachShardAsync(damaged, key => cloud.Table.DeleteItemAsync(CloudCluster.TableName, key));
        var redriven = (await (await world.SupportAsync()).Api.PostAsync($"/support/queues/{Queue}/redrive")).Is(200);

        Assert.Equal(1, redriven.Number("moved"));
        await BookingsAreAsync(damaged, 1);
        await Eventually.HoldsAsync(async () => Assert.Equal(0, await DeadLettersAsync(world)));
    }

    private static Task<Answer> BookingsAreAsync(Show show, int bookings) => Eventually.AnswersAsync(
        () => show.Organizer.Api.GetAsync($"{show.Path}/analytics"), answer => answer.Is(200).Number("successful_bookings") == bookings);

    private static async Task<int> DeadLettersAsync(World world)
    {
        var queues = (await (await world.SupportAsync()).Api.GetAsync("/support/queues")).Is(200).List();
        return Assert.Single(queues, queue => queue.GetProperty("name").GetString() == Queue).GetProperty("dead_letters").GetInt32();
    }

    /// <summary>Where Analytics counts the seats of row A; which of the shards has the row is its own business.</summary>
    private static async Task ForEachShardAsync(Show show, Func<Dictionary<string, AttributeValue>, Task> write)
    {
        for (var shard = 0; shard < SeatShards; shard++)
            await write(new() { ["pk"] = new() { S = $"ANALYTICS#SEATS#{show.EventId}#{shard}" }, ["sk"] = new() { S = "A#0000" } });
    }
}
