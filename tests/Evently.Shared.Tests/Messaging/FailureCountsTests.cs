using Evently.Shared.Messaging.Pump;
using Microsoft.Extensions.Time.Testing;

namespace Evently.Shared.Tests.Messaging;

public sealed class FailureCountsTests
{
    [Fact]
    public void What_is_forgotten_and_what_failed_longest_ago_among_too_many_is_counted_anew()
    {
        var time = new FakeTimeProvider();
        var counts = new FailureCounts(time);
        counts.Count("handled");
        counts.Forget("handled");
        Assert.Equal(1, counts.Count("handled"));

        for (var i = 0; i < 10_000; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            counts.Count($"{i}");
        }

        Assert.Equal(2, counts.Count("9999"));
        Assert.Equal(1, counts.Count("handled"));
    }
}
