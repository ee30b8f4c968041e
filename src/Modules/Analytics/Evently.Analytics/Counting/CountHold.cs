using Evently.Analytics.Rollups;
using Evently.Booking.Contracts;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using MassTransit;

namespace Evently.Analytics.Counting;

/// <summary>Counts a hold that ended without a booking: two writes.</summary>
internal sealed class CountHold(ModuleTable<AnalyticsModule> table, UnitOfWork<AnalyticsModule> unitOfWork) : IConsumer<HoldEnded>
{
    public async Task Consume(ConsumeContext<HoldEnded> context)
    {
        var hold = context.Message;
        var key = Keys.Holding(hold.UserId, hold.HoldingId);
        var fact = new HoldingFact(key, await table.GetAsync(key, Consistency.Strong, context.CancellationToken));
        if (fact.HasEnded)
            return;

        var counts = new CountChanges();
        if (!fact.IsHoldCounted)
            counts.Total(CountItem.PlacedHolds, 1).Minute(hold.HeldAt, Figure.Holds, 1);
        if (hold.Outcome == HoldOutcome.Expired)
            counts.Total(CountItem.ExpiredHolds, 1).Minute(hold.EndedAt, Figure.ExpiredHolds, 1);
        unitOfWork.Add(fact.End(hold));
        unitOfWork.Add(counts.ToWrite(hold.EventId, hold.HoldingId, hold.EndedAt));
    }
}
