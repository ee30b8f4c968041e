using System.Globalization;
using System.Text;
using Evently.Simulation;
using Evently.Testing.Costs;
using Evently.Testing.Partitions;

namespace Evently.Partitions;

/// <summary>Answers how long a sale takes on a new on-demand table, what it asks of which key, and how often it is refused.</summary>
internal static class PartitionsProgram
{
    private const int Hottest = 10;

    private static int Main(string[] args)
    {
        if (SaleOptions.Parse(args) is not { } options)
        {
            Console.Error.WriteLine(SaleOptions.Usage);
            return 2;
        }

        var started = TimeProvider.System.GetTimestamp();
        using var system = new SimulatedSystem(options.Seed);
        var sale = new Sale(system, options);
        system.Run(sale.RunAsync);
        Console.Out.Write(Render(system, sale, options));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Simulated in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0} s."));
        return 0;
    }

    private static string Render(SimulatedSystem system, Sale sale, SaleOptions options)
    {
        var text = new StringBuilder();
        var (times, partitions) = (sale.Times, sale.Partitions);
        text.Append(CultureInfo.InvariantCulture, $"{options.Seats:N0} seats in {sale.Purchases:N0} purchases, {options.Crowd} buyers at a time, ");
        text.Append(CultureInfo.InvariantCulture, $"{options.TableWrites:N0} write units a second, seed {options.Seed}\n");
        text.Append(CultureInfo.InvariantCulture, $"all held after {times.AllHeld.TotalSeconds:0.0} s");
        if (times.AllBooked is { } booked)
            text.Append(CultureInfo.InvariantCulture, $", all booked after {booked.TotalSeconds:0.0} s");
        text.Append(CultureInfo.InvariantCulture, $", everything told after {times.AllTold.TotalSeconds:0.0} s\n");
        text.Append("answers: ").AppendJoin(", ", sale.Answers.Select(answer => $"{answer.Key.Call} {answer.Key.Status} ×{answer.Value}")).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"throttled by the table {partitions.TableThrottles}, by a partition {partitions.PartitionThrottles}; ");
        text.Append(CultureInfo.InvariantCulture, $"conflicts of transactions {partitions.Conflicts}; given up {system.Table.GivenUp}\n");

        text.Append("\nunits by step, of a purchase\n");
        var steps = sale.Entries.Where(entry => entry.Line.Call is not null).GroupBy(entry => (entry.Line.Call, entry.Line.Step, entry.Line.Keys));
        foreach (var step in steps.OrderBy(step => step.Key.Call == Sale.Hold ? 0 : 1))
            Row($"{step.Key.Call,-8} {step.Key.Step,-30} {step.Key.Keys,-22}", step);
        Row("a hold", sale.Entries.Where(entry => entry.Line.Call == Sale.Hold));
        Row("a confirm", sale.Entries.Where(entry => entry.Line.Call == Sale.Confirm));
        Row("loops meanwhile", sale.Entries.Where(entry => entry.Line.Call is null));
        Row("in all", sale.Entries);

        text.Append("\nhottest keys, units served in their busiest second\n");
        foreach (var heat in partitions.Hottest(Hottest))
            text.Append(CultureInfo.InvariantCulture, $"  {NameOf(heat),-60} {(heat.IsRead ? "reads" : "writes"),-7} {heat.Peak,6:0}  throttled {heat.Throttled}\n");
        return text.ToString();

        void Row(string name, IEnumerable<CostEntry> entries)
        {
            var cost = Sum(entries);
            text.Append(CultureInfo.InvariantCulture, $"  {name,-62} {cost.Writes / sale.Purchases,7:0.00} w {cost.Reads / sale.Purchases,7:0.00} r ");
            text.Append(CultureInfo.InvariantCulture, $"{(decimal)cost.Requests / sale.Purchases,7:0.00} q\n");
        }
    }

    private static string NameOf(PartitionHeat heat) => heat.IsIndex ? heat.Partition + " (index)" : heat.Partition;

    private static Cost Sum(IEnumerable<CostEntry> entries) => entries.Aggregate(default(Cost), (sum, entry) => sum + entry.Cost);
}
