using System.Globalization;
using Evently.Shared.Ids;
using Evently.Testing.Costs;
using Evently.Testing.Storage;

namespace Evently.Baseline;

/// <param name="Seats">Of the one event that is in the table.</param>
public sealed record ReplacedCost(int Seats, Cost Hold, Cost Confirm);

/// <summary>What the replaced layout costs under the same meter, at its best: the table has one event and nothing else.</summary>
public static class ReplacedCosts
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static async Task<ReplacedCost> MeasureAsync(int seats)
    {
        var meter = new CostMeter();
        using var table = new MeteredTable(new MemoryTableEngine(TimeProvider.System), meter);
        var layout = new ReplacedLayout(table);
        var ids = new IdGenerator(TimeProvider.System, buffer => buffer.Clear());
        await layout.CreateEventAsync("event", seats);
        meter.Take();
        var holding = ids.Next("holding");
        Check(await layout.HoldAsync("event", holding, ids.Next("user"), [0, 1], Start));
        var hold = Sum(meter);
        Check(await layout.ConfirmAsync(holding, ids.Next("booking"), Start));
        return new ReplacedCost(seats, hold, Sum(meter));
    }

    private static Cost Sum(CostMeter meter) => meter.Take().Aggregate(default(Cost), (sum, entry) => sum + entry.Cost);

    private static void Check(bool done)
    {
        if (!done)
            throw new InvalidOperationException("The seats are free, and it did not take them.");
    }

    private static async Task Main(string[] args)
    {
        foreach (var seats in args.Length == 0 ? ["200", "2000", "20000"] : args)
        {
            var cost = await MeasureAsync(int.Parse(seats, CultureInfo.InvariantCulture));
            Console.WriteLine($"{cost.Seats} seats: a hold {cost.Hold.Writes} write and {cost.Hold.Reads} read units");
            Console.WriteLine($"{cost.Seats} seats: a confirm {cost.Confirm.Writes} write and {cost.Confirm.Reads} read units");
        }
    }
}
