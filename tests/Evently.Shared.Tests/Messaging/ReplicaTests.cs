using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Shared.Tests.Messaging;

public sealed class ReplicaTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_made_up_young_id_costs_a_dozen_reads_and_the_whole_wait_and_is_not_told_absent()
    {
        var (reads, started) = (0, _time.GetTimestamp());

        var waiting = new Replica(_time).WaitForAsync<string>(
            new IdGenerator(_time).Next(), _ => { reads++; return ValueTask.FromResult<string?>(null); }, CancellationToken.None).AsTask();
        await WaitAsync(waiting);
        await Assert.ThrowsAsync<ReplicaLateException>(() => waiting);
        Assert.InRange(reads, 5, 13);
        Assert.True(_time.GetElapsedTime(started) >= Replica.LongestWait, "It did not wait.");
    }

    [Fact]
    public async Task What_is_known_not_to_come_and_what_is_old_does_not_exist()
    {
        var young = new IdGenerator(_time).Next();
        var waiting = new Replica(_time).WaitForAsync<string>(
            young, _ => ValueTask.FromResult<string?>(null), CancellationToken.None, _ => ValueTask.FromResult(true)).AsTask();
        await WaitAsync(waiting);
        Assert.Null(await waiting);

        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Null(await new Replica(_time).WaitForAsync<string>(young, _ => ValueTask.FromResult<string?>(null), CancellationToken.None));
    }

    [Fact]
    public async Task What_arrives_late_is_found_within_half_as_long_again()
    {
        var (late, started) = (TimeSpan.FromMilliseconds(600), _time.GetTimestamp());

        var waiting = new Replica(_time).WaitForAsync(
            new IdGenerator(_time).Next(), _ => ValueTask.FromResult(_time.GetElapsedTime(started) >= late ? "found" : null), CancellationToken.None).AsTask();
        await WaitAsync(waiting);

        Assert.Equal("found", await waiting);
        Assert.InRange(_time.GetElapsedTime(started), late, late * 1.6);
    }

    private async Task WaitAsync(Task task)
    {
        while (!task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            await Task.Yield();
        }
    }
}
