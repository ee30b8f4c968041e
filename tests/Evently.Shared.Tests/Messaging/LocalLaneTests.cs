using Evently.Shared.Messaging;
using Evently.Shared.Messaging.Local;

namespace Evently.Shared.Tests.Messaging;

/// <summary>Local messages wait for their own kind only.</summary>
public sealed class LocalLaneTests
{
    [Fact]
    public async Task Ten_thousand_messages_that_wait_in_one_lane_hold_up_no_other()
    {
        await using var bench = new MessagingBench();
        await bench.StartAsync();
        for (var n = 0; n < LocalBacklog.Capacity; n++)
            Assert.True(bench.Bus.TryPost(new SlowNote(n)));
        var counter = await bench.NewCounterAsync();

        Assert.True(bench.Bus.TryPost(new Increment(counter)));

        await Eventually.HoldsAsync(async () => (await bench.LoadAsync(counter)).Count == 1, "it was handled");
        await Eventually.HoldsAsync(() => bench.Faults.SlowNotes.Count == SlowNote.Slow.Concurrency, "the lane is as wide as it says");
        bench.Faults.SlowGate.SetResult();
        await Eventually.HoldsAsync(() => bench.Counter.Backlog.Depth == 0, "the others follow");
        Assert.Equal(LocalBacklog.Capacity, bench.Faults.SlowNotes.Count);
    }

    [Fact]
    public async Task Thousands_of_handlers_wait_side_by_side()
    {
        await using var bench = new MessagingBench();
        await bench.StartAsync();

        for (var n = 0; n < WideNote.Wide.Concurrency; n++)
            Assert.True(bench.Bus.TryPost(new WideNote(n)));

        await Eventually.HoldsAsync(() => bench.Faults.SlowNotes.Count == WideNote.Wide.Concurrency, "all of them began");
        bench.Faults.SlowGate.SetResult();
        await Eventually.HoldsAsync(() => bench.Counter.Backlog.Depth == 0, "all of them ended");
    }

    [Fact]
    public async Task Equal_messages_are_one_and_once_more_when_the_first_is_at_work_already()
    {
        await using var bench = new MessagingBench();
        for (var n = 0; n < 100; n++)
            Assert.True(bench.Bus.TryPost(new SlowNote(1)));
        Assert.Equal(1, bench.Counter.Backlog.Depth);

        await bench.StartAsync();
        await Eventually.HoldsAsync(() => bench.Faults.SlowNotes.Count == 1, "it began");
        for (var n = 0; n < 100; n++)
            Assert.True(bench.Bus.TryPost(new SlowNote(1)));
        Assert.Single(bench.Faults.SlowNotes);
        bench.Faults.SlowGate.SetResult();
        await Eventually.HoldsAsync(() => bench.Counter.Backlog.Depth == 0, "all is done");

        Assert.Equal(2, bench.Faults.SlowNotes.Count);
    }

    [Fact]
    public async Task A_full_lane_says_so_once()
    {
        await using var bench = new MessagingBench();
        for (var n = 0; n < LocalBacklog.Capacity; n++)
            Assert.True(bench.Bus.TryPost(new SlowNote(n)));

        Assert.False(bench.Bus.TryPost(new SlowNote(-1)));
        Assert.False(bench.Bus.TryPost(new SlowNote(-2)));
        Assert.True(bench.Bus.TryPost(new SlowNote(1)), "What waits already needs no place.");
        Assert.True(bench.Bus.TryPost(new Note("another lane")));

        Assert.Single(bench.Log.Lines, line => line.Contains("is full", StringComparison.Ordinal));
    }
}
