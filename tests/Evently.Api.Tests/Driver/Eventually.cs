using System.Diagnostics;

namespace Evently.Api.Tests.Driver;

/// <summary>Waits for what other parts of the system do in their own time; always with a bound.</summary>
public static class Eventually
{
    /// <summary>Bound of what follows a commit by messages. Ample, for the machine is busy with other tests.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Repeats the assertion until it holds; when the bound has passed, its last failure is the test's.</summary>
    public static async Task HoldsAsync(Func<Task> assertion, TimeSpan? within = null)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await assertion();
                return;
            }
            catch (Exception failure) when (failure is Xunit.Sdk.IAssertionException or HttpRequestException)
            {
                if (Stopwatch.GetElapsedTime(started) > (within ?? Soon))
                    throw;
            }

            await Task.Delay(Pause, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Makes a call that may be made twice; where the backend may be busy, until it is served.</summary>
    public static Task<Answer> ServedAsync(Func<Task<Answer>> call) => Backend.MayBeBusy ? AnswersAsync(call, answer => answer.Status != 503) : call();

    /// <summary>Calls until the answer is as wanted.</summary>
    public static async Task<Answer> AnswersAsync(Func<Task<Answer>> call, Func<Answer, bool> wanted, TimeSpan? within = null)
    {
        Answer? last = null;
        await HoldsAsync(
            async () =>
            {
                last = await call();
                if (!wanted(last))
                    Assert.Fail($"Not within {within ?? Soon}: {last}");
            },
            within);
        return last!;
    }
}
