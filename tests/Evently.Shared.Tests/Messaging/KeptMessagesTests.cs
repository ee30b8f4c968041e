using Evently.Shared.Messaging;
using Evently.Shared.Messaging.Instances;
using Evently.Shared.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Shared.Tests.Messaging;

/// <summary>Where rows are paid for, a saga's item keeps the messages of its last step until they are sent; nothing of them is lost, whoever dies.</summary>
public sealed class KeptMessagesTests
{
    private const string Both = "evently-counter, evently-listener";
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly InterferingTable _table;
    private readonly InterferingQueues _queues;

    public KeptMessagesTests()
    {
        _table = new InterferingTable(new MemoryTableEngine(_time));
        _queues = new InterferingQueues(new MemoryQueueTransport(_time, new MemoryQueueFaults(seed: 1)));
    }

    [Fact]
    public async Task A_step_with_a_message_is_one_write_and_its_page_goes_when_the_message_is_sent()
    {
        await using var bench = await BenchAsync();
        var counter = await bench.NewCounterAsync();
        var writes = new List<string>();
        _table.Written = key => writes.Add(key.Partition.Split('#')[1]);

        await bench.Bus.SendAsync(new Shout(counter, 7), CancellationToken.None);
        Assert.Equal(["WATCH", "C"], writes);
        Assert.Equal((1, 1), (bench.Counter.Relay.Depth, bench.Counter.Relay.DepthWithoutRows));
        await bench.SettleAsync();

        Assert.Equal([7], Heard(bench));
        Assert.Equal(0, bench.Counter.Relay.Depth);
        Assert.Empty(await bench.PagesAsync());
        Assert.DoesNotContain("OUT", writes);
    }

    [Fact]
    public async Task Whoever_takes_over_sends_what_the_dead_had_committed()
    {
        var dying = await BenchAsync();
        var counter = await dying.NewCounterAsync();
        await dying.Bus.SendAsync(new Shout(counter, 7), CancellationToken.None);
        await dying.DisposeAsync();

        await using var next = await BenchAsync();
        await PassAsync(next, seconds: 20);

        Assert.Equal([7], Heard(next));
        Assert.Equal(Both, string.Join(", ", _queues.Sent.Keys.Order()));
        Assert.Empty(await next.PagesAsync());
    }

    [Fact]
    public async Task What_can_not_be_read_is_shown_to_support_and_sent_when_it_can()
    {
        var dying = await BenchAsync();
        var counter = await dying.NewCounterAsync();
        await dying.Bus.SendAsync(new Shout(counter, 7), CancellationToken.None);
        var key = new CounterStore().KeyOf(counter);
        var whole = await dying.CounterTable.GetAsync(key, Consistency.Strong, CancellationToken.None);
        await dying.CounterTable.WriteAsync(Write.Update(key, [Change.Set("steps", 1), Change.Set("unsent", 1)], Condition.Always), CancellationToken.None);
        await dying.DisposeAsync();

        await using var next = await BenchAsync();
        await PassAsync(next, seconds: 50);
        var shown = await next.Sagas.ReadDueAsync(_time.GetUtcNow(), 10, after: null, CancellationToken.None);
        Assert.Equal(key, Assert.Single(shown.Sagas).Unreadable);
        Assert.Empty(Heard(next));

        await next.CounterTable.WriteAsync(
            Write.Update(key, [Change.Set("steps", whole!["steps"]), Change.Set("unsent", whole["unsent"])], Condition.Always), CancellationToken.None);
        await PassAsync(next, seconds: 70);
        Assert.Equal([7], Heard(next));
        Assert.Empty(await next.PagesAsync());
    }

    [Fact]
    public async Task A_commit_whose_answer_was_lost_sends_its_message_once()
    {
        await using var bench = await BenchAsync();
        var counter = await bench.NewCounterAsync();
        _table.AfterWrite = key =>
        {
            if (!key.Partition.Contains("#C#", StringComparison.Ordinal))
                return;
            _table.IsDown = true;
            throw new WriteOutcomeUnknownException("lost on purpose");
        };

        var sending = bench.Bus.SendAsync(new Shout(counter, 7), CancellationToken.None);
        await Assert.ThrowsAsync<TableUnavailableException>(() => sending.WaitAdvancingAsync(_time));
        (_table.IsDown, _table.AfterWrite) = (false, null);
        await PassAsync(bench, seconds: 10);

        Assert.Equal([7], Heard(bench));
        Assert.All(_queues.Sent.Values, sent => Assert.Equal(1, sent));
        Assert.Empty(await bench.PagesAsync());
    }

    [Fact]
    public async Task A_commit_that_was_refused_by_its_own_first_try_sends_its_message_all_the_same()
    {
        await using var bench = await BenchAsync();
        var counter = await bench.NewCounterAsync();
        var lies = 0;
        _table.LooksRefused = key => key.Partition.Contains("#C#", StringComparison.Ordinal) && lies++ == 0;

        await bench.Bus.SendAsync(new Shout(counter, 7), CancellationToken.None);
        Assert.Equal(1, (await bench.LoadAsync(counter)).Count);
        await PassAsync(bench, seconds: 10);

        Assert.Equal([7], Heard(bench));
        Assert.Empty(await bench.PagesAsync());
    }

    [Fact]
    public async Task A_commit_that_was_refused_sends_nothing_of_what_it_would_have_kept()
    {
        await using var bench = await BenchAsync();
        var counter = await bench.NewCounterAsync();
        var refused = false;
        _table.BeforeWrite = async () =>
        {
            if (refused || _table.Writing?.Partition.Contains("#C#", StringComparison.Ordinal) != true)
                return;
            refused = true;
            await _table.Inner.WriteAsync(Write.Update(new CounterStore().KeyOf(counter), [Change.Add("v", 1)], Condition.Always), CancellationToken.None);
        };

        await bench.Bus.SendAsync(new Shout(counter, 7), CancellationToken.None);
        await PassAsync(bench, seconds: 70);

        Assert.True(refused);
        Assert.Equal([7], Heard(bench));
        Assert.All(_queues.Sent.Values, sent => Assert.Equal(1, sent));
        Assert.Empty(await bench.PagesAsync());
    }

    [Fact]
    public async Task One_queue_that_is_down_for_minutes_gets_it_in_the_end_and_the_other_gets_it_once()
    {
        await using var bench = await BenchAsync();
        var isDown = true;
        _queues.BeforeSend = queue =>
        {
            if (isDown && queue == "evently-listener")
                throw new ServiceUnavailableException("down on purpose");
        };
        var counter = await bench.NewCounterAsync();
        await bench.Bus.SendAsync(new Shout(counter, 7), CancellationToken.None);
        await PassAsync(bench, seconds: 180);
        Assert.Equal(1, bench.Counter.Relay.Depth);
        Assert.InRange(bench.Counter.Relay.OldestAge!.Value.TotalSeconds, 180, 200);

        isDown = false;
        await PassAsync(bench, seconds: 70);

        Assert.Equal([7], Heard(bench));
        Assert.Equal(1, _queues.Sent["evently-counter"]);
        Assert.Equal(0, bench.Counter.Relay.Depth);
        Assert.Empty(await bench.PagesAsync());
    }

    [Fact]
    public async Task The_next_step_elsewhere_takes_over_what_may_not_have_been_sent()
    {
        var dying = await BenchAsync();
        await using var other = await BenchAsync();
        await dying.Steps.RunOnceAsync(CancellationToken.None);
        var counter = await dying.NewCounterAsync();
        await dying.Bus.SendAsync(new Shout(counter, 7), CancellationToken.None);
        await dying.DisposeAsync();

        await other.Bus.SendAsync(new Shout(counter, 8), CancellationToken.None);
        await PassAsync(other, seconds: 20);

        Assert.Equal([7, 8], Heard(other).Order());
        Assert.Empty(await other.PagesAsync());
    }

    [Fact]
    public async Task The_next_step_of_the_same_process_does_not_send_again_what_was_sent()
    {
        await using var bench = await BenchAsync();
        var counter = await bench.NewCounterAsync();
        for (var number = 0; number < 5; number++)
        {
            await bench.Bus.SendAsync(new Shout(counter, number, _time.GetUtcNow() + TimeSpan.FromHours(1)), CancellationToken.None);
            await bench.SettleAsync();
        }

        Assert.Equal([0, 1, 2, 3, 4], Heard(bench));
        Assert.All(_queues.Sent.Values, sent => Assert.Equal(5, sent));
    }

    [Fact]
    public async Task A_step_from_a_queue_takes_them_over_as_rows()
    {
        var dying = await BenchAsync();
        await using var other = await BenchAsync();
        var counter = await dying.NewCounterAsync();
        await dying.Bus.SendAsync(new Shout(counter, 7), CancellationToken.None);
        await dying.DisposeAsync();

        await other.PublishAsync(new CounterStepped(counter, 1));
        await other.SettleAsync();

        Assert.Equal([7], Heard(other));
        Assert.Equal(2, (await other.LoadAsync(counter)).Count);
    }

    [Fact]
    public async Task Beside_a_version_that_would_drop_them_messages_are_rows()
    {
        await using var bench = await BenchAsync();
        await _table.Inner.WriteAsync(
            Write.Put(new ItemKey("MESSAGING#INSTANCES", "01KBOLDER00000000000000000"), new Dictionary<string, Value> { ["beat"] = _time.GetUtcNow().ToUnixTimeMilliseconds(), ["queues"] = "evently-counter evently-listener" }, Condition.Always),
            CancellationToken.None);
        await bench.Steps.RunOnceAsync(CancellationToken.None);
        var counter = await bench.NewCounterAsync();

        await bench.Bus.SendAsync(new Shout(counter, 7), CancellationToken.None);

        Assert.False(bench.Get<IInstances>().AllCan(Ability.KeepMessagesInSagas));
        Assert.Equal((1, 0), (bench.Counter.Relay.Depth, bench.Counter.Relay.DepthWithoutRows));
        await bench.SettleAsync();
        Assert.Equal([7], Heard(bench));
    }

    private async Task<MessagingBench> BenchAsync()
    {
        var bench = new MessagingBench(_time, _table, _queues, isOneOfMany: true);
        await bench.Get<IInstances>().RunOnceAsync(CancellationToken.None);
        return bench;
    }

    private async Task PassAsync(MessagingBench bench, int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await bench.SettleAsync();
        }
    }

    /// <summary>By the listener; each number once, however often it came.</summary>
    private static IEnumerable<int> Heard(MessagingBench bench) =>
        bench.Faults.Announced.Where(heard => heard.Module == ListenerModule.Name).Select(heard => heard.Number).Distinct();
}
