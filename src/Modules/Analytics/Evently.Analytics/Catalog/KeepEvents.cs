using System.Text.Json;
using Evently.Events.Contracts;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using MassTransit;

namespace Evently.Analytics.Catalog;

/// <summary>Keeps what Events tells about an event; one write a message, which also tells the rollup to list the event anew.</summary>
internal sealed class KeepEvents(ModuleTable<AnalyticsModule> table, UnitOfWork<AnalyticsModule> unitOfWork)
    : IConsumer<EventCreated>, IConsumer<EventChanged>, IConsumer<EventCancelled>
{
    // Setting the same again changes nothing, so a second delivery needs no guard.
    public Task Consume(ConsumeContext<EventCreated> context)
    {
        var created = context.Message;
        Keep(
            created.EventId,
            created.CreatedAt,
            Condition.Always,
            Change.Set(EventReplica.Created, JsonSerializer.Serialize(created, StoredJson.Default.EventCreated)));
        return Task.CompletedTask;
    }

    public async Task Consume(ConsumeContext<EventChanged> context)
    {
        var changed = context.Message;
        var kept = await table.GetAsync(Keys.Event(changed.EventId), Consistency.Strong, context.CancellationToken);
        if (kept?.Has(EventReplica.Revision) == true && kept[EventReplica.Revision].Number >= changed.Revision)
            return;
        Keep(
            changed.EventId,
            context.SentTime ?? changed.StartTime,
            Condition.Any(Condition.Absent(EventReplica.Revision), Condition.Less(EventReplica.Revision, changed.Revision)),
            Change.Set(EventReplica.Revision, changed.Revision),
            Change.Set(EventReplica.Changed, JsonSerializer.Serialize(changed, StoredJson.Default.EventChanged)));
    }

    public Task Consume(ConsumeContext<EventCancelled> context)
    {
        var cancelled = context.Message;
        Keep(cancelled.EventId, cancelled.CancelledAt, Condition.Always, Change.Set(EventReplica.CancelledAt, cancelled.CancelledAt.UtcTicks));
        return Task.CompletedTask;
    }

    private void Keep(string eventId, DateTimeOffset at, Condition condition, params Change[] changes) =>
        unitOfWork.Add(Write.Update(
            Keys.Event(eventId),
            [
                .. changes,
                Change.Add(EventReplica.Version, 1),
                Change.Set(WellKnown.IndexPartition, Keys.PendingOf(eventId)),
                Change.SetIfAbsent(WellKnown.IndexSort, Keys.PendingSort(at)),
            ],
            condition));
}
