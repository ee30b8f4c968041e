using System.Globalization;
using System.Text;
using Evently.Baseline;
using Evently.Testing.Costs;

namespace Evently.Costs;

/// <summary>Renders what was measured as docs/costs.md.</summary>
internal static class CostReport
{
    /// <summary>What is less than this of each booking is in the sums only.</summary>
    private const decimal Least = 0.02m;

    public static string Render(IReadOnlyList<(string Call, Cost Cost)> calls, LoadFigures load, IReadOnlyList<ReplacedCost> replaced)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # What calls cost on DynamoDB and SQS

            Made by `dotnet run --project benchmarks/Costs -- docs/costs.md --write`; a test compares it with what is measured anew. `-- --trace` prints the
            same item by item, with the class that asks for each.

            The real host runs in virtual time on a table and queues in memory that answer as late as AWS's. Units are counted by AWS's formula, not billed
            by AWS: a write is the larger of the item before and after, in started KB, and one more for every entry of the index that comes or goes; a
            transaction doubles all of that; a read is in started 4 KB, halved where it may be eventually consistent. A test holds the formula against what
            DynamoDB Local reports of single items. A request of SQS carries up to ten messages, and each message is sent, received and deleted.

            ## Calls that are alone

            With everything that the call sets off: saga, messages, replicas and counters of the other modules, and the simulated gateway's own record. The
            instance has served before, and not within the last second: what it has copied within that is not read again. The figures are the middle ones of
            several calls. What the loops do by themselves is not in here: looking for due sagas and old outbox rows, following the catalog, one tally a
            second and event on sale, rollups.

            | call | write units | read units | messages | SQS requests |
            |---|---|---|---|---|

            """);
        foreach (var (call, cost) in calls)
            text.Append(CultureInfo.InvariantCulture, $"| {call} | {cost.Writes} | {cost.Reads:0.#} | {cost.Messages} | {cost.Requests} |\n");
        RenderLoad(text, load);
        RenderDollars(text, load.InAll, replaced);
        return text.ToString();
    }

    public static string RenderTrace(IReadOnlyList<CostEntry> lines)
    {
        var text = new StringBuilder();
        foreach (var call in lines.GroupBy(entry => entry.Line.Call))
        {
            var sum = call.Aggregate(default(Cost), (all, entry) => all + entry.Cost);
            text.Append(CultureInfo.InvariantCulture, $"{call.Key}: {sum.Writes} write units, {sum.Reads} read units, ");
            text.Append(CultureInfo.InvariantCulture, $"{sum.Messages} messages, {sum.Requests} SQS requests\n");
            foreach (var (line, times, cost) in call)
            {
                text.Append(CultureInfo.InvariantCulture, $"  {line.Step,-30} {line.Operation,-22} {line.Keys,-22} {line.Writer,-28} ×{times,-3}");
                text.Append(CultureInfo.InvariantCulture, $" {Of(cost.Writes, "w")}{Of(cost.Reads, "r")}{Of(cost.Messages, "m")}{Of(cost.Requests, "q")}\n");
            }
        }

        return text.ToString();
    }

    private static string Of(decimal figure, string unit) => figure == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" {figure:0.##}{unit}");

    private static void RenderLoad(StringBuilder text, LoadFigures load)
    {
        text.Append(CultureInfo.InvariantCulture, $"""

            ## A booking of two seats at load

            {LoadCosts.Bookings} purchases by as many buyers, {LoadCosts.BookingsPerSecond} a second, on one instance: each holds two seats and confirms
            them at once. What is shared is divided: reads of the event, batches of the outbox relay (up to 100 messages), requests of the queues (up to
            10). What is less than {Least} of a unit is in the sums only.

            | step | items | write units | read units | SQS requests |
            |---|---|---|---|---|

            """);
        foreach (var (line, cost) in load.Steps.Where(step => Math.Max(step.Cost.Writes, Math.Max(step.Cost.Reads, step.Cost.Requests)) >= Least))
            Row(text, $"{line.Call}: {line.Step}", $"`{line.Keys}`", cost);
        Row(text, "**hold**", "", load.Of("hold"));
        Row(text, "**confirm**", "", load.Of("confirm"));
        Row(text, "**the booking**", "", load.InAll);
        Row(text, "the instance's loops, in a second of that sale", "", load.Loops);
    }

    private static void Row(StringBuilder text, string step, string items, LoadCost cost) =>
        text.Append(CultureInfo.InvariantCulture, $"| {step} | {items} | {cost.Writes:0.##} | {cost.Reads:0.##} | {cost.Requests:0.##} |\n");

    private static void RenderDollars(StringBuilder text, LoadCost booking, IReadOnlyList<ReplacedCost> replaced)
    {
        text.Append(CultureInfo.InvariantCulture, $"""

            ## Dollars

            A million bookings of two seats at ${Prices.Writes} a million write units, ${Prices.Reads} a million read units and ${Prices.Requests} a million
            requests of SQS: us-east-1, on-demand table, prices since 1 November 2024 ({Prices.Sources}), without free tiers, storage, backups and traffic.
            Beside it what the replaced system's layout costs under the same meter (`benchmarks/Baseline`: one item a seat, transactions, a read of the
            whole event for every hold, a scan of the table for every confirm), at its best: one event is all that its table has, and nothing but holding
            and booking is counted; no payment, history, analytics or messages.

            | layout | write units | read units | SQS requests | dollars a million | times Evently's |
            |---|---|---|---|---|---|

            """);
        var dollars = Prices.DollarsAMillion(booking);
        Layout("Evently, everything included", booking);
        foreach (var cost in replaced)
            Layout(string.Create(CultureInfo.InvariantCulture, $"replaced, an event of {cost.Seats:N0} seats"), LoadCost.ShareOf(cost.Hold + cost.Confirm, 1));

        void Layout(string name, LoadCost cost)
        {
            var price = Prices.DollarsAMillion(cost);
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {cost.Writes:0.##} | {cost.Reads:0.##} | {cost.Requests:0.##} | {price:0.00} | {price / dollars:0.0} |\n");
        }
    }
}
