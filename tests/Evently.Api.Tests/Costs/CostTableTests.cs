using System.Diagnostics;
using Evently.Shared.Tests.Emulators;

namespace Evently.Api.Tests.Costs;

/// <summary>
/// docs/costs.md says what calls and bookings cost. Measured in a process of its own and in virtual time, the figures are the same on a slow machine;
/// <c>dotnet run --project benchmarks/Costs -- docs/costs.md --write</c> writes them anew.
/// </summary>
public sealed class CostTableTests
{
    [Fact]
    public async Task The_table_of_costs_is_what_is_measured()
    {
        var stop = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Evently.Costs.dll"));
        start.ArgumentList.Add(Path.Combine(Emulator.RepositoryRoot(), "docs", "costs.md"));
        using var process = Process.Start(start)!;
        var differences = await process.StandardError.ReadToEndAsync(stop);
        await process.WaitForExitAsync(stop);
        Assert.True(process.ExitCode == 0, differences);
    }
}
