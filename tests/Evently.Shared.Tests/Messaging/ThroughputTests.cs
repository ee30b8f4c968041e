using Evently.Shared.Messaging.Embedded;
using Evently.Shared.Storage.Embedded;
using Evently.Shared.Tests.Storage.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace Evently.Shared.Tests.Messaging;

/// <summary>Not assertions about this machine: the figures are printed, the test only fails when something is lost.</summary>
public sealed class ThroughputTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(2_000, 64)]
    public async Task Local_and_queued_saga_transitions_on_the_embedded_engine(int transitions, int callers)
    {
        using var directory = new TemporaryDirectory();
        await using var database = EmbeddedDatabase.Open(directory.Path, TimeProvider.System, NullLogger<EmbeddedDatabase>.Instance);
        await using var bench = new MessagingBench(
            table: new EmbeddedTableEngine(database, TimeProvider.System),
            transport: new EmbeddedQueueTransport(database, TimeProvider.System));
        await bench.StartAsync();
        var counters = new List<Guid>();
        for (var i = 0; i < callers; i++)
            counters.Add(await bench.NewCounterAsync());
        await bench.Bus.SendAsync(new Increment(counters[0]), CancellationToken.None);

        var started = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(counters.Select(async counter =>
        {
            for (var i = 0; i < transitions / callers; i++)
                await bench.Bus.SendAsync(new Increment(counter), CancellationToken.None);
        }));
        var local = TimeProvider.System.GetElapsedTime(started);

        started = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(counters.Select(async counter =>
        {
            for (var i = 0; i < transitions / callers; i++)
                await bench.PublishAsync(new CounterStepped(counter, i));
        }));
        var published = TimeProvider.System.GetElapsedTime(started);
        await Eventually.HoldsAsync(() => bench.Heard.Messages.Count >= transitions / callers * callers, "everything was heard");
        var queued = TimeProvider.System.GetElapsedTime(started);

        var count = transitions / callers * callers;
        output.WriteLine($"local: {count / local.TotalSeconds:0} transitions/s; published {count / published.TotalSeconds:0}/s; through outbox, queue, saga, outbox, queue: {count / queued.TotalSeconds:0}/s");
        foreach (var counter in counters.Skip(1))
            Assert.Equal(transitions / callers * 2, (await bench.LoadAsync(counter)).Count);
    }
}
