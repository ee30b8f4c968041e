using System.Diagnostics;

namespace Evently.Api.Tests.Running;

/// <summary>The health check of the container image: the program, started with <c>--probe</c>.</summary>
public sealed class ProbeTests(SharedHost shared)
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_probe_of_a_process_that_is_well_ends_with_0()
    {
        Assert.Equal((0, ""), await ProbeAsync(new Uri(shared.Host.Address, "/health/live").ToString()));
    }

    [Fact]
    public async Task A_probe_that_is_not_answered_with_success_ends_with_1_and_says_why()
    {
        var (exitCode, output) = await ProbeAsync(new Uri(shared.Host.Address, "/nothing").ToString());

        Assert.Equal(1, exitCode);
        Assert.Contains("404", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:9/")]
    [InlineData("ftp://localhost/")]
    [InlineData("nonsense")]
    public async Task A_probe_of_what_cannot_answer_ends_with_1_and_says_why(string address)
    {
        var (exitCode, output) = await ProbeAsync(address);

        Assert.Equal(1, exitCode);
        Assert.NotEqual("", output);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Errors)> ProbeAsync(string address)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(Bound);
        using var probe = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Evently.Host.dll"), "--probe", address])
        {
            RedirectStandardError = true,
        })!;
        var errors = await probe.StandardError.ReadToEndAsync(bound.Token);
        await probe.WaitForExitAsync(bound.Token);
        return (probe.ExitCode, errors.Trim());
    }
}
