using Evently.Analytics.Rollups;
using Evently.Booking.Contracts;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using MassTransit;

namespace Evently.Analytics.Counting;

/// <summary>
/// Keeps the latest state of an event's holds and counts the refusals of every tally once: one write, and two more when there are refusals.
/// A tally is named by its instance and sequence, whatever message brings it, so a row by that name is the safer inbox.
/// </summary>
internal sealed class CountTally(ModuleTable<AnalyticsModule> table, UnitOfWork<AnalyticsModule> unitOfWork) : IConsumer<SalesTallied>
{
    // Longer than any queue keeps a message (14 days) with its dead letters redriven once.
    private static readonly TimeSpan KeepMark = TimeSpan.FromDays(35);

    public async Task Consume(ConsumeContext<SalesTallied> context)
    {
        var tally = context.Message;
        var mark = Keys.CountedTally(tally.EventId, tally.Instance, tally.Sequence);
        var items = await table.GetManyAsync([Keys.Held(tally.EventId), mark], Consistency.Strong, context.CancellationToken);
        if (HeldTally.IsNewer(tally, items[0]))
            unitOfWork.Add(HeldTally.ToWrite(tally));
        if (tally.RefusedHolds.Count == 0 || items[1] is not null)
            return;

        var counts = new CountChanges();
        foreach (var minute in tally.RefusedHolds)
            counts.Total(CountItem.FailedHolds, minute.Count).Minute(minute.Minute, Figure.FailedHolds, minute.Count);
        unitOfWork.Add(Write.Put(
            mark,
            new Dictionary<string, Value> { [WellKnown.TimeToLive] = tally.At.Add(KeepMark).ToUnixTimeSeconds() },
            Condition.ItemAbsent));
        unitOfWork.Add(counts.ToWrite(tally.EventId, mark.Sort, tally.At));
    }
}
