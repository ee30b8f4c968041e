using Carter;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Events;

internal sealed class GetEvent : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapGet("/events/{event_id}", HandleAsync)
        .Describe("get_event", EventsModule.Tag, "Read an event", "A draft exists for its owner and for staff only.")
        .Fails(StatusCodes.Status404NotFound, "event_not_found")
        .Public();

    private static async Task<Results<Ok<EventResponse>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "event_id")] string eventId,
        Caller caller,
        EventStore events,
        TimeProvider time,
        CancellationToken cancellationToken) =>
        await events.FindAsync(eventId, cancellationToken) is { } found && found.IsVisibleTo(caller)
            ? TypedResults.Ok(EventResponse.From(found, time.GetUtcNow()))
            : EventStore.NotFound;
}
