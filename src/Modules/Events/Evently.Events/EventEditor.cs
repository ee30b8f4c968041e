using Evently.Events.Search;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;

namespace Evently.Events;

/// <summary>What a change decided: a new revision, no change, or a refusal.</summary>
internal abstract record EventEdit
{
    private EventEdit()
    {
    }

    internal sealed record Changed(Event Event) : EventEdit;

    internal sealed record Unchanged : EventEdit;

    internal sealed record Refused(ProblemResult Problem) : EventEdit;
}

/// <summary>Changes an event for its owner or an admin: read, decide, write that revision; again when somebody else was faster.</summary>
internal sealed class EventEditor(EventStore events, EventIndex index, UnitOfWork<EventsModule> unitOfWork, IdGenerator ids, TimeProvider time)
{
    private const int Attempts = 8;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    /// <param name="decide">Pure; called once an attempt.</param>
    /// <param name="publish">Announces the new revision in the same transaction.</param>
    public async Task<(Event? Event, ProblemResult? Problem)> EditAsync(
        string eventId,
        Caller caller,
        Func<Event, EventEdit> decide,
        Action<UnitOfWork<EventsModule>, Event> publish,
        CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (attempt > 0)
                await Task.Delay(LongestPause * (ids.NextInt(100) / 100d), time, cancellationToken);
            var current = await events.FindAsync(eventId, cancellationToken);
            if (current is null)
                return (null, EventStore.NotFound);
            if (!caller.IsAdmin && !string.Equals(current.OrganizerId, caller.UserId, StringComparison.Ordinal))
                return (null, Problems.Forbidden());

            switch (decide(current))
            {
                case EventEdit.Unchanged:
                    return (current, null);
                case EventEdit.Refused refused:
                    return (null, refused.Problem);
                case EventEdit.Changed changed:
                    var next = changed.Event with { Revision = current.Revision + 1 };
                    foreach (var write in events.Writes(next))
                        unitOfWork.Add(write);
                    publish(unitOfWork, next);
                    if (!(await unitOfWork.CommitAsync(cancellationToken)).Applied)
                        continue;
                    index.Apply(next);
                    return (next, null);
            }
        }

        return (null, Problems.Unavailable("Others are changing this event; try again.", TimeSpan.FromSeconds(1)));
    }
}
