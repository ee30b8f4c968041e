using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Shared.Tests.Http;

/// <summary>A repeat is told the id under which its first try made what it made.</summary>
public sealed class RepeatedRequests
{
    private static readonly byte[] Body = [1, 2, 3];
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly MemoryTableEngine _engine;

    public RepeatedRequests() => _engine = new MemoryTableEngine(_time);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task On_one_machine_the_next_process_takes_a_dead_ones_request_over_at_once()
    {
        var first = Assert.IsType<KeyClaim.Won>(await Store(StorageOptions.Embedded).ClaimAsync("hash", Body, Stop));
        Assert.False(first.Identity.IsRepeat);

        var restarted = Store(StorageOptions.Embedded);
        Assert.IsType<KeyClaim.UsedForOtherBody>(await restarted.ClaimAsync("hash", [9], Stop));
        var second = Assert.IsType<KeyClaim.Won>(await restarted.ClaimAsync("hash", Body, Stop));
        Assert.Equal((first.Identity.Id, true), (second.Identity.Id, second.Identity.IsRepeat));
        Assert.IsType<KeyClaim.InFlight>(await restarted.ClaimAsync("hash", Body, Stop));
    }

    [Fact]
    public async Task Where_others_may_be_at_work_it_waits_for_the_lease()
    {
        var first = Assert.IsType<KeyClaim.Won>(await Store(StorageOptions.DynamoDb).ClaimAsync("hash", Body, Stop));
        var other = Store(StorageOptions.DynamoDb);
        Assert.IsType<KeyClaim.InFlight>(await other.ClaimAsync("hash", Body, Stop));
        _time.Advance(IdempotencyStore.Lease);
        var second = Assert.IsType<KeyClaim.Won>(await other.ClaimAsync("hash", Body, Stop));
        Assert.Equal((first.Identity.Id, true), (second.Identity.Id, second.Identity.IsRepeat));
    }

    [Fact]
    public async Task A_key_that_was_answered_and_forgotten_makes_something_new()
    {
        var store = Store(StorageOptions.Embedded);
        var first = Assert.IsType<KeyClaim.Won>(await store.ClaimAsync("hash", Body, Stop));
        await store.CompleteAsync("hash", Body, first.Owner, new RememberedAnswer(201, null, null, []), Stop);
        _time.Advance(IdempotencyStore.Retention);
        var second = Assert.IsType<KeyClaim.Won>(await store.ClaimAsync("hash", Body, Stop));
        Assert.False(second.Identity.IsRepeat);
        Assert.NotEqual(first.Identity.Id, second.Identity.Id);
    }

    private IdempotencyStore Store(string engine) => new(
        _engine,
        new AnswerCipher(new SigningKeys(SigningKey.FromText("a signing key for tests, long enough to sign with"))),
        Options.Create(new StorageOptions { Engine = engine }),
        _time,
        new IdGenerator(_time));
}
