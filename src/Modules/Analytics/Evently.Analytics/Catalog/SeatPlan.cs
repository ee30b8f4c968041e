using System.Globalization;
using System.Text.Json;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Evently.Venues.Contracts;
using MassTransit;

namespace Evently.Analytics.Catalog;

/// <summary>Keeps the parts of an event's seat plan; they never change, so a second delivery stores the same again.</summary>
internal sealed class KeepSeatPlan(UnitOfWork<AnalyticsModule> unitOfWork) : IConsumer<SeatPlanPart>
{
    public Task Consume(ConsumeContext<SeatPlanPart> context)
    {
        var part = context.Message;
        unitOfWork.Add(Write.Put(
            Keys.PlanPart(part.EventId, part.Part),
            new Dictionary<string, Value> { [SeatPlanReader.Document] = JsonSerializer.Serialize(part, StoredJson.Default.SeatPlanPart) },
            Condition.Always));
        return Task.CompletedTask;
    }
}

/// <param name="Ordinal">Its place in plan order, from 0.</param>
/// <param name="RowPath">Section and row as a position spells them.</param>
internal sealed record PlannedSeat(int Ordinal, string RowPath, string Section, string Row, int Number, string SeatType)
{
    public string Position => string.Create(CultureInfo.InvariantCulture, $"{RowPath}-{Number}");
}

internal sealed class SeatPlanReader(ModuleTable<AnalyticsModule> table)
{
    public const string Document = "doc";

    /// <summary>The parts in order, or null until all have arrived.</summary>
    public async ValueTask<IReadOnlyList<SeatPlanPart>?> FindPartsAsync(string eventId, CancellationToken cancellationToken)
    {
        List<SeatPlanPart> parts = [];
        await foreach (var item in table.ScanPartitionAsync(Keys.Plan(eventId), SortRange.All, Consistency.Strong, cancellationToken))
            parts.Add(JsonSerializer.Deserialize(item[Document].String, StoredJson.Default.SeatPlanPart)!);
        return parts.Count > 0 && parts.Count == parts[0].Parts ? parts : null;
    }

    /// <summary>The seats in plan order.</summary>
    public static IEnumerable<PlannedSeat> SeatsOf(IReadOnlyList<SeatPlanPart> parts)
    {
        var ordinal = 0;
        foreach (var run in parts.SelectMany(part => part.Runs))
        {
            var path = run.Section.Length == 0 ? run.Row : $"{run.Section}/{run.Row}";
            for (var number = run.First; number <= run.Last; number++)
                yield return new PlannedSeat(ordinal++, path, run.Section, run.Row, number, run.SeatType);
        }
    }
}
