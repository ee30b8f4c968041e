namespace Evently.Api.Tests.Support;

public sealed class SupportQueuesTests(SharedHost shared)
{
    private readonly World _world = shared.World;

    [Fact]
    public async Task Every_modules_queue_is_shown_and_nothing_is_dead()
    {
        var queues = (await (await _world.SupportAsync()).Api.GetAsync("/support/queues")).IsJson(200).List();

        Assert.True(queues.Count >= 4, $"only {queues.Count} queues");
        Assert.All(queues, queue =>
        {
            queue.Has("name", "depth", "oldest_age_seconds", "dead_letters");
            Assert.Equal(0, queue.GetProperty("dead_letters").GetInt32());
        });
    }

    [Fact]
    public async Task Queues_drain()
    {
        await (await _world.ShowAsync()).BuyAsync(await _world.CustomerAsync(), "A-1");

        await Eventually.HoldsAsync(async () =>
        {
            var queues = (await (await _world.SupportAsync()).Api.GetAsync("/support/queues")).Is(200).List();
            Assert.All(queues, queue => Assert.InRange(queue.GetProperty("depth").GetInt32(), 0, 50));
        });
    }

    [Fact]
    public async Task Dead_letters_are_moved_back_by_queue()
    {
        var support = await _world.SupportAsync();
        var queue = (await support.Api.GetAsync("/support/queues")).Is(200).List()[0].GetProperty("name").GetString();

        (await support.Api.PostAsync($"/support/queues/{queue}/redrive")).IsJson(200);
        (await support.Api.PostAsync("/support/queues/nonsense/redrive")).IsProblem(404, "queue_not_found");
    }
}
