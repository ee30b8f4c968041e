using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Shared.Tests.Messaging;

public sealed class HandlingTests
{
    [Fact]
    public async Task A_published_message_reaches_a_saga_and_what_the_saga_publishes_reaches_another_module()
    {
        await using var bench = new MessagingBench();
        var counter = bench.Ids.Next().ToGuid();

        await bench.PublishAsync(new CounterStepped(counter, 1), new CounterStepped(counter, 2));
        await bench.SettleAsync();

        var saga = await bench.LoadAsync(counter);
        Assert.Equal(2, saga.Count);
        Assert.Equal(2, saga.Version);
        Assert.Equal([1, 2], bench.Heard.Messages.Select(message => message.Count).Order());
        Assert.Equal(0, await bench.Counter.Sweeper.MeasureAsync(CancellationToken.None) is var (depth, _) ? depth : -1);
    }

    [Fact]
    public async Task A_local_message_is_handled_before_its_sender_goes_on()
    {
        await using var bench = new MessagingBench();
        var counter = await bench.NewCounterAsync();

        await bench.Bus.SendAsync(new Increment(counter), CancellationToken.None);

        Assert.Equal(1, (await bench.LoadAsync(counter)).Count);
    }

    [Fact]
    public async Task What_a_handler_throws_reaches_the_sender_of_a_local_message_as_it_is()
    {
        await using var bench = new MessagingBench();
        var counter = await bench.NewCounterAsync();
        bench.Faults.SagaThrows = true;

        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => bench.Bus.SendAsync(new Increment(counter), CancellationToken.None));

        Assert.Equal("broken on purpose", thrown.Message);
        Assert.Equal(0, (await bench.LoadAsync(counter)).Count);
    }

    [Fact]
    public async Task Many_local_messages_to_one_saga_at_once_are_each_counted_once()
    {
        await using var bench = new MessagingBench();
        var counter = await bench.NewCounterAsync();

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => bench.Bus.SendAsync(new Increment(counter), CancellationToken.None)));

        Assert.Equal(6, (await bench.LoadAsync(counter)).Count);
    }
}
