using Evently.Events.Contracts;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using MassTransit;

namespace Evently.Users.History;

/// <summary>Keeps the name and the start of every event, by the highest revision seen.</summary>
internal sealed class RecordEvents(ModuleTable<UsersModule> table, UnitOfWork<UsersModule> work) : IConsumer<EventCreated>, IConsumer<EventChanged>
{
    private const int CreatedRevision = 1;

    public Task Consume(ConsumeContext<EventCreated> context) =>
        RecordAsync(context.Message.EventId, CreatedRevision, context.Message.Name, context.Message.StartTime, context.CancellationToken);

    public Task Consume(ConsumeContext<EventChanged> context) =>
        RecordAsync(context.Message.EventId, context.Message.Revision, context.Message.Name, context.Message.StartTime, context.CancellationToken);

    private async Task RecordAsync(string eventId, int revision, string name, DateTimeOffset startTime, CancellationToken cancellationToken)
    {
        var known = await table.GetAsync(Keys.Event(eventId), Consistency.Strong, cancellationToken);
        if (known is not null && known[Facts.Revision].Number >= revision)
            return;
        var attributes = new Dictionary<string, Value>
        {
            [Facts.Revision] = revision,
            [Facts.EventName] = name,
            [Facts.StartTime] = startTime.ToUnixTimeMilliseconds(),
        };

        // Refused when another revision got in between: the message then comes again and compares anew.
        var unchanged = known is null ? Condition.ItemAbsent : Condition.Equal(Facts.Revision, known[Facts.Revision]);
        work.Add(Write.Put(Keys.Event(eventId), attributes, unchanged));
    }
}
