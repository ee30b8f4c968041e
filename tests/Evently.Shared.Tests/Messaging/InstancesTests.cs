using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Messaging.Hosting;
using Evently.Shared.Messaging.Instances;
using Evently.Shared.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Shared.Tests.Messaging;

/// <summary>Several instances share the work out, and nothing is done as often as there are instances.</summary>
public sealed class InstancesTests
{
    private const int Shards = 8;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly InterferingTable _table;
    private readonly InterferingQueues _queues;

    public InstancesTests()
    {
        _table = new InterferingTable(new MemoryTableEngine(_time));
        _queues = new InterferingQueues(new MemoryQueueTransport(_time, new MemoryQueueFaults(seed: 1)));
    }

    [Fact]
    public async Task Every_shard_is_one_instance_s_and_those_of_one_that_dies_pass_on()
    {
        var instances = Enumerable.Range(0, 3).Select(_ => Instance(_time)).ToList();
        await BeatAsync(instances);
        await BeatAsync(instances);
        Assert.All(Enumerable.Range(0, Shards), shard => Assert.Single(instances, instance => instance.IsMine(shard)));
        Assert.All(instances, instance => Assert.InRange(Enumerable.Range(0, Shards).Count(instance.IsMine), 2, 3));

        var left = instances[1..];
        for (var beat = 0; beat < 4; beat++)
        {
            Assert.All(left, instance => Assert.False(instance.IsGone(instances[0].Self)));
            _time.Advance(TableInstances.BeatInterval);
            await BeatAsync(left);
        }

        Assert.All(left, instance => Assert.True(instance.IsGone(instances[0].Self)));
        Assert.All(Enumerable.Range(0, Shards), shard => Assert.Single(left, instance => instance.IsMine(shard)));
    }

    [Fact]
    public async Task One_that_says_that_it_leaves_is_not_waited_for()
    {
        var instances = new List<TableInstances> { Instance(_time), Instance(_time) };
        await BeatAsync(instances);
        _time.Advance(TableInstances.DeadAfter + TimeSpan.FromSeconds(1));
        await BeatAsync(instances);

        await instances[0].LeaveAsync(CancellationToken.None);
        await instances[1].RunOnceAsync(CancellationToken.None);

        Assert.All(Enumerable.Range(0, Shards), shard => Assert.True(instances[1].IsMine(shard)));
        Assert.True(instances[1].IsGone(instances[0].Self));
    }

    [Fact]
    public async Task One_that_began_after_the_last_look_is_not_gone()
    {
        var first = Instance(_time);
        await first.RunOnceAsync(CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(1));
        var second = Instance(_time);
        await second.RunOnceAsync(CancellationToken.None);

        Assert.False(first.IsGone(second.Self));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task Clocks_that_differ_by_an_hour_change_nothing(int hours)
    {
        var here = Instance(_time);
        var theirs = new FakeTimeProvider(_time.GetUtcNow() + TimeSpan.FromHours(hours));
        var there = Instance(theirs);
        for (var beat = 0; beat < 6; beat++)
        {
            await BeatAsync([here, there]);
            _time.Advance(TableInstances.BeatInterval);
            theirs.Advance(TableInstances.BeatInterval);
        }

        Assert.False(here.IsGone(there.Self));
        Assert.False(there.IsGone(here.Self));
        Assert.All(Enumerable.Range(0, Shards), shard => Assert.Single(new[] { here, there }, instance => instance.IsMine(shard)));
    }

    [Fact]
    public async Task One_that_can_not_say_that_it_runs_lets_go_of_its_shards()
    {
        var instance = Instance(_time);
        await instance.RunOnceAsync(CancellationToken.None);
        Assert.True(instance.IsMine(0));

        _time.Advance(TableInstances.DeadAfter);

        Assert.False(instance.IsMine(0));
    }

    [Fact]
    public async Task A_late_relay_multiplies_nothing_though_three_instances_sweep()
    {
        var benches = Benches(3);
        await SweepAsync(benches);
        await PublishAsync(benches[0], 1_000);

        for (var second = 0; second < 10; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await SweepAsync(benches);
        }

        Assert.Empty(_queues.Sent);
        while (benches[0].Counter.Relay.Depth > 0)
            await benches[0].Counter.Relay.RunOnceAsync(CancellationToken.None);
        await SweepAsync(benches);
        Assert.Equal(1_000, _queues.Sent["evently-counter"]);
        await DisposeAsync(benches);
    }

    [Fact]
    public async Task What_an_instance_had_in_hand_when_it_died_is_sent_by_the_others_once_and_by_all_of_them()
    {
        var benches = Benches(3);
        await SweepAsync(benches);
        await PublishAsync(benches[0], 1_000);
        var left = benches[1..];

        var sent = new int[left.Count];
        for (var second = 0; second < 20; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            for (var i = 0; i < left.Count; i++)
                sent[i] += await left[i].Steps.SweepOutboxesAsync(CancellationToken.None);
        }

        Assert.Equal(1_000, _queues.Sent["evently-counter"]);
        Assert.All(sent, count => Assert.InRange(count, 300, 700));
        await DisposeAsync(benches);
    }

    [Fact]
    public async Task Each_saga_that_is_due_is_woken_by_one_instance()
    {
        var benches = Benches(3, new MemoryTableEngine(_time) { IsMetered = false });
        await SweepAsync(benches);
        await SweepAsync(benches);
        for (var n = 0; n < 300; n++)
            await benches[0].NewCounterAsync(_time.GetUtcNow() + TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(2));

        var woken = await Task.WhenAll(benches.Select(bench => bench.Counter.DueWorkers[0].RunOnceAsync(CancellationToken.None)));

        Assert.Equal(300, woken.Sum());
        Assert.All(woken, count => Assert.InRange(count, 1, 200));
        Assert.Empty((await benches[0].Sagas.ReadDueAsync(_time.GetUtcNow(), 10, after: null, CancellationToken.None)).Sagas);
        await DisposeAsync(benches);
    }

    private TableInstances Instance(TimeProvider time)
    {
        var ids = new IdGenerator(time);
        return new TableInstances(_table, new MessageTopology(["evently-counter"], () => []), ids, time);
    }

    private static async Task BeatAsync(IReadOnlyList<TableInstances> instances)
    {
        foreach (var instance in instances)
            await instance.RunOnceAsync(CancellationToken.None);
    }

    private List<MessagingBench> Benches(int count, ITableEngine? table = null) =>
        [.. Enumerable.Range(0, count).Select(_ => new MessagingBench(_time, table ?? _table, _queues, isOneOfMany: true))];

    private static async Task SweepAsync(IReadOnlyList<MessagingBench> benches)
    {
        foreach (var bench in benches)
            await bench.Steps.SweepOutboxesAsync(CancellationToken.None);
    }

    private static async Task PublishAsync(MessagingBench bench, int count)
    {
        for (var n = 0; n < count; n += 100)
            await bench.PublishAsync([.. Enumerable.Range(n, 100).Select(_ => new Tallied("t", 1))]);
    }

    private static async Task DisposeAsync(IEnumerable<MessagingBench> benches)
    {
        foreach (var bench in benches)
            await bench.DisposeAsync();
    }
}
