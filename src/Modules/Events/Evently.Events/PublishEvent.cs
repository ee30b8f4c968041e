using Carter;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Events;

/// <summary>Puts a draft on sale: only now do the other modules hear of it.</summary>
internal sealed class PublishEvent : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPost("/events/{event_id}/publish", HandleAsync)
        .Describe("publish_event", EventsModule.Tag, "Put a draft on sale", "Repeatable: an event that is published already stays as it is. Its owner or an admin.")
        .Fails(StatusCodes.Status400BadRequest, "validation_failed")
        .Fails(StatusCodes.Status404NotFound, "event_not_found")
        .Fails(StatusCodes.Status409Conflict, "event_cancelled")
        .RequireRole(Policies.Organizer);

    private static async Task<Results<Ok<EventResponse>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "event_id")] string eventId,
        Caller caller,
        EventEditor editor,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (published, problem) = await editor.EditAsync(
            eventId,
            caller,
            current => Decide(current, time.GetUtcNow()),
            static (unitOfWork, @event) => unitOfWork.Publish(EventMessages.Created(@event), @event.EventId),
            cancellationToken);
        return published is null ? problem! : TypedResults.Ok(EventResponse.From(published, time.GetUtcNow()));
    }

    internal static EventEdit Decide(Event current, DateTimeOffset now)
    {
        if (current.IsCancelled)
            return new EventEdit.Refused(Problems.Conflict("event_cancelled", "The event is cancelled and cannot be published."));
        if (!current.IsDraft)
            return new EventEdit.Unchanged();
        var errors = new ValidationErrors();
        EventRules.Start(current.StartTime, now, errors);
        return errors.Any ? new EventEdit.Refused(errors.ToProblem()) : new EventEdit.Changed(current with { IsDraft = false });
    }
}
