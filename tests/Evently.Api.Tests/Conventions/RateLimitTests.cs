using System.Diagnostics;

namespace Evently.Api.Tests.Conventions;

/// <summary>On a host of its own with the limits that a fresh installation has: 10 requests a second, bursts of 20.</summary>
public sealed class RateLimitTests(SharedHost shared)
{
    private const int Burst = 20;
    private const int PerSecond = 10;
    private static readonly KeyValuePair<string, string?>[] Defaults = [KeyValuePair.Create("Evently__RateLimiting__Enabled", (string?)null)];

    [Fact]
    public async Task Too_many_requests_are_refused_by_address_and_by_user_and_health_checks_never()
    {
        await using var host = await shared.StartAnotherAsync(Defaults);
        var (ann, bob) = (await host.World.CustomerAsync(), await host.World.CustomerAsync());

        foreach (var rush in (Func<Task<Answer>>[])[() => host.World.Anonymous.GetAsync("/venue"), () => ann.Api.GetAsync($"/user/{ann.Id}")])
        {
            var started = Stopwatch.GetTimestamp();
            var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => rush()));
            var atMost = Burst + (PerSecond * (int)(Stopwatch.GetElapsedTime(started).TotalSeconds + 2));
            Assert.InRange(answers.Count(answer => answer.Status == 200), 1, atMost);
            Assert.All(answers.Where(answer => answer.Status != 200), answer => answer.IsProblem(429));
        }

        var checks = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => host.World.Anonymous.GetAsync("/health/live")));
        Assert.All(checks, check => check.Is(200));
        (await bob.Api.GetAsync($"/user/{bob.Id}")).Is(200);
        await Eventually.AnswersAsync(() => ann.Api.GetAsync($"/user/{ann.Id}"), answer => answer.Status == 200, TimeSpan.FromSeconds(5));
    }
}
