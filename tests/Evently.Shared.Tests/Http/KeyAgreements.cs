using Evently.Shared.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Shared.Tests.Http;

/// <summary>Instances on one table that sign with different keys.</summary>
public sealed class KeyAgreements
{
    private static readonly SigningKey Old = SigningKey.FromText("the old key, long enough to sign with it");
    private static readonly SigningKey New = SigningKey.FromText("the new key, long enough to sign with it");
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryTableEngine _engine;

    public KeyAgreements() => _engine = new MemoryTableEngine(_time);

    [Fact]
    public async Task An_instance_with_another_key_is_noticed_by_both()
    {
        var (first, second) = (Instance(Old), Instance(New));
        Assert.Empty(await CompareAsync(first));
        Assert.Equal([Old.Id], await CompareAsync(second));
        Assert.Equal([New.Id], await CompareAsync(first));
    }

    /// <summary>The steps of docs/operations.md: both sign with what the other accepts.</summary>
    [Fact]
    public async Task A_rotation_is_no_disagreement()
    {
        var (first, second) = (Instance(Old, New), Instance(New, Old));
        for (var i = 0; i < 2; i++)
        {
            Assert.Empty(await CompareAsync(first));
            Assert.Empty(await CompareAsync(second));
        }
    }

    [Fact]
    public async Task A_key_that_nobody_signs_with_any_more_is_forgotten()
    {
        await CompareAsync(Instance(Old));
        var second = Instance(New);
        Assert.Equal([Old.Id], await CompareAsync(second));

        _time.Advance(TimeSpan.FromMinutes(31));

        Assert.Empty(await CompareAsync(second));
    }

    private static async Task<IReadOnlyList<string>> CompareAsync(KeyAgreement instance)
    {
        await instance.CompareOnceAsync(TestContext.Current.CancellationToken);
        return instance.Foreign;
    }

    private KeyAgreement Instance(SigningKey current, params SigningKey[] accepted) => new(_engine, new SigningKeys(current, accepted), _time, NullLogger<KeyAgreement>.Instance);
}
