using Carter;
using Evently.Events.Contracts;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Events;

internal sealed class CancelEvent : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPost("/events/{event_id}/cancel", HandleAsync)
        .Describe("cancel_event", EventsModule.Tag, "Cancel an event", "No new holds; every booking is cancelled and refunded. Repeatable. Its owner or an admin.")
        .Fails(StatusCodes.Status404NotFound, "event_not_found")
        .RequireRole(Policies.Organizer)
        .FreshAccount();

    private static async Task<Results<Ok<EventResponse>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "event_id")] string eventId,
        Caller caller,
        EventEditor editor,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (cancelled, problem) = await editor.EditAsync(
            eventId,
            caller,
            current => Decide(current, time.GetUtcNow()),
            (unitOfWork, @event) =>
            {
                if (!@event.IsDraft)
                    unitOfWork.Publish(new EventCancelled(@event.EventId, @event.CancelledAt!.Value, caller.UserId), @event.EventId);
            },
            cancellationToken);
        return cancelled is null ? problem! : TypedResults.Ok(EventResponse.From(cancelled, time.GetUtcNow()));
    }

    /// <summary>A second cancellation changes nothing, so it announces nothing.</summary>
    internal static EventEdit Decide(Event current, DateTimeOffset now) =>
        current.IsCancelled ? new EventEdit.Unchanged() : new EventEdit.Changed(current with { CancelledAt = now });
}
