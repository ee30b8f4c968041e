using Evently.Baseline;
using Evently.Simulation;

namespace Evently.Costs;

/// <summary>
/// Writes docs/costs.md, or compares it with what is measured now. Everything is measured in one process and in virtual time, so that the same code gives
/// the same figures on every machine.
/// </summary>
internal static class CostsProgram
{
    private const string Usage = """
        Evently.Costs FILE           compares the file with what is measured; ends with 1 and the differences
        Evently.Costs FILE --write   writes the file
        Evently.Costs --trace        prints what a hold and a confirm do, item by item, and which class asks for it
        """;

    private static int Main(string[] args)
    {
        switch (args)
        {
            case ["--trace"]:
                Console.Out.Write(Trace());
                return 0;
            case [var file, "--write"]:
                File.WriteAllText(file, Measure());
                return 0;
            case [var file] when !file.StartsWith('-'):
                var differences = CostComparison.Compare(File.ReadAllText(file), Measure());
                foreach (var difference in differences)
                    Console.Error.WriteLine(difference);
                return differences.Count == 0 ? 0 : 1;
            default:
                Console.Error.WriteLine(Usage);
                return 2;
        }
    }

    private static string Measure()
    {
        using var system = new SimulatedSystem(CallCosts.Seed);
        var (calls, load) = (new CallCosts(system), new LoadCosts(system));
        IReadOnlyList<ReplacedCost> replaced = [];
        system.Run(async () =>
        {
            await calls.MeasureAsync();
            await load.MeasureAsync();
            replaced = [await ReplacedCosts.MeasureAsync(200), await ReplacedCosts.MeasureAsync(2_000), await ReplacedCosts.MeasureAsync(20_000)];
        });
        return CostReport.Render(calls.Costs, load.Figures, replaced);
    }

    private static string Trace()
    {
        using var system = new SimulatedSystem(CallCosts.Seed, traceWriters: true);
        var calls = new CallCosts(system);
        system.Run(calls.MeasureAsync);
        return CostReport.RenderTrace(calls.Lines);
    }
}
