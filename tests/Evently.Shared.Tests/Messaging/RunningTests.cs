using Evently.Shared.Messaging;
using Evently.Shared.Messaging.Embedded;
using Evently.Shared.Storage.Embedded;
using Evently.Shared.Tests.Emulators;
using Evently.Shared.Tests.Storage.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace Evently.Shared.Tests.Messaging;

/// <summary>The background loops as they run in the host.</summary>
public sealed class RunningTests
{
    private const int Counters = 10;
    private const int Steps = 20;

    [Fact]
    public async Task A_stop_in_the_middle_of_the_work_loses_nothing_and_does_nothing_twice()
    {
        using var directory = new TemporaryDirectory();
        List<Guid> counters = [];
        await WithEmbeddedAsync(directory, async bench =>
        {
            for (var i = 0; i < Counters; i++)
                counters.Add(bench.Ids.Next().ToGuid());
            for (var step = 0; step < Steps; step++)
                await bench.PublishAsync([.. counters.Select(counter => new CounterStepped(counter, step)), new Tallied("t", 1)]);
        });

        await WithEmbeddedAsync(directory, async bench =>
        {
            Assert.True(await new MessagingQuiescence(bench.Services).WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None), "everything was handled");
            foreach (var counter in counters)
                Assert.Equal(Steps, (await bench.LoadAsync(counter)).Count);
            Assert.Equal(Steps, await bench.NumberAsync(TallyConsumer.KeyOf("t"), "sum"));
        });
    }

    [Fact]
    public async Task A_saga_that_waits_is_woken_when_its_time_has_come()
    {
        await using var bench = new MessagingBench();
        await bench.StartAsync();

        var counter = await bench.NewCounterAsync(TimeProvider.System.GetUtcNow() + TimeSpan.FromMilliseconds(300));

        await Eventually.HoldsAsync(async () => (await bench.LoadAsync(counter)).Fired == 1, "it was woken");
    }

    [Fact]
    public async Task A_local_message_that_is_posted_is_handled_in_the_background()
    {
        await using var bench = new MessagingBench();
        await bench.StartAsync();
        var counter = await bench.NewCounterAsync();

        Assert.True(bench.Bus.TryPost(new Increment(counter)));

        await Eventually.HoldsAsync(async () => (await bench.LoadAsync(counter)).Count == 1, "it was handled");
    }

    private static async Task WithEmbeddedAsync(TemporaryDirectory directory, Func<MessagingBench, Task> work)
    {
        await using var database = EmbeddedDatabase.Open(directory.Path, TimeProvider.System, NullLogger<EmbeddedDatabase>.Instance);
        await using var bench = new MessagingBench(
            table: new EmbeddedTableEngine(database, TimeProvider.System),
            transport: new EmbeddedQueueTransport(database, TimeProvider.System),
            settings: new Dictionary<string, string?> { ["Evently:Messaging:ShutdownSeconds"] = "0" });
        await bench.StartAsync();
        await work(bench);
        await bench.StopAsync();
    }
}

/// <summary>The same over a real SQS server, by two processes that share its queues.</summary>
[Collection(FauxSqs.Collection)]
public sealed class RunningOnSqsTests
{
    private readonly FauxSqs _server;

    public RunningOnSqsTests(FauxSqs server)
    {
        _server = server;
        server.SkipIfMissing();
    }

    [Fact]
    public async Task Two_processes_on_the_same_queues_share_the_work_and_each_step_counts_once()
    {
        var table = new MemoryTableEngine(TimeProvider.System);
        var settings = new Dictionary<string, string?> { ["Evently:Messaging:QueuePrefix"] = $"run-{new Shared.Ids.IdGenerator(TimeProvider.System).Next()}".ToLowerInvariant() };
        await using var one = new MessagingBench(table: table, transport: _server.Transport(), settings: settings);
        await using var other = new MessagingBench(table: table, transport: _server.Transport(), settings: settings);
        await one.StartAsync();
        await other.StartAsync();
        var counters = Enumerable.Range(0, 5).Select(_ => one.Ids.Next().ToGuid()).ToList();

        for (var step = 0; step < 20; step++)
            await (step % 2 == 0 ? one : other).PublishAsync([.. counters.Select(counter => new CounterStepped(counter, step))]);

        await Eventually.HoldsAsync(() => one.Heard.Messages.Count + other.Heard.Messages.Count >= 100, "everything was heard");
        foreach (var counter in counters)
            Assert.Equal(20, (await one.LoadAsync(counter)).Count);
        Assert.True(one.Heard.Messages.Count > 0 && other.Heard.Messages.Count > 0, "both took part");
    }
}
