using Carter;
using Evently.Events.Contracts;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Events;

/// <summary>
/// What to change; an absent member stays as it is. It remembers which members were there, for <c>"sales_open_at": null</c> clears that time
/// and every other null is an error.
/// </summary>
internal sealed class ChangeEventRequest
{
    private readonly HashSet<string> _given = new(StringComparer.Ordinal);

    public string? Name { get; set => Give(ref field, value, nameof(Name)); }

    public string? Description { get; set => Give(ref field, value, nameof(Description)); }

    public IReadOnlyList<string?>? Artists { get; set => Give(ref field, value, nameof(Artists)); }

    public IReadOnlyList<string?>? Tags { get; set => Give(ref field, value, nameof(Tags)); }

    public DateTimeOffset? StartTime { get; set => Give(ref field, value, nameof(StartTime)); }

    /// <summary>Minutes.</summary>
    public int? Duration { get; set => Give(ref field, value, nameof(Duration)); }

    /// <summary>Null clears it.</summary>
    public DateTimeOffset? SalesOpenAt { get; set => Give(ref field, value, nameof(SalesOpenAt)); }

    public ValidationErrors Validate()
    {
        var errors = new ValidationErrors();
        if (IsGiven(nameof(Name)))
            EventRules.Name(Name, errors);
        if (IsGiven(nameof(Duration)))
            EventRules.Duration(Duration, errors);
        if (IsGiven(nameof(Description)) && NotNull(Description, "description", errors))
            EventRules.Description(Description, errors);
        if (IsGiven(nameof(Artists)) && NotNull(Artists, "artists", errors))
            EventRules.Artists(Artists!, errors);
        if (IsGiven(nameof(Tags)) && NotNull(Tags, "tags", errors))
            EventRules.Tags(Tags!, errors);
        if (IsGiven(nameof(StartTime)))
            NotNull(StartTime, "start_time", errors);
        return errors;
    }

    /// <summary>The event with these changes.</summary>
    public Event ApplyTo(Event @event) => @event with
    {
        Name = Name?.Trim() ?? @event.Name,
        Description = Description ?? @event.Description,
        Artists = Artists is null ? @event.Artists : [.. Artists.Select(artist => artist!)],
        Tags = Tags is null ? @event.Tags : [.. Tags.Select(tag => tag!)],
        StartTime = StartTime ?? @event.StartTime,
        DurationMinutes = Duration ?? @event.DurationMinutes,
        SalesOpenAt = IsGiven(nameof(SalesOpenAt)) ? SalesOpenAt : @event.SalesOpenAt,
    };

    private static bool NotNull(object? value, string member, ValidationErrors errors)
    {
        errors.Check(value is not null, member, "must not be null.");
        return value is not null;
    }

    private bool IsGiven(string member) => _given.Contains(member);

    private void Give<T>(ref T field, T value, string member)
    {
        field = value;
        _given.Add(member);
    }
}

internal sealed class ChangeEvent : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPatch("/events/{event_id}", HandleAsync)
        .Describe("change_event", EventsModule.Tag, "Change an event", "Members that are absent stay as they are; a null `sales_open_at` opens the sale at once. Its owner or an admin.")
        .Fails(StatusCodes.Status400BadRequest, "validation_failed")
        .Fails(StatusCodes.Status404NotFound, "event_not_found")
        .Fails(StatusCodes.Status409Conflict, "event_cancelled")
        .RequireRole(Policies.Organizer);

    private static async Task<Results<Ok<EventResponse>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "event_id")] string eventId,
        ChangeEventRequest request,
        Caller caller,
        EventEditor editor,
        CancellationToken cancellationToken)
    {
        var errors = request.Validate();
        if (errors.Any)
            return errors.ToProblem();
        var (changed, problem) = await editor.EditAsync(
            eventId,
            caller,
            current => Decide(current, request),
            static (unitOfWork, @event) => unitOfWork.Publish(ToMessage(@event), @event.EventId),
            cancellationToken);
        return changed is null ? problem! : TypedResults.Ok(EventResponse.From(changed));
    }

    internal static EventEdit Decide(Event current, ChangeEventRequest request)
    {
        if (current.IsCancelled)
            return new EventEdit.Refused(Problems.Conflict("event_cancelled", "The event is cancelled and cannot be changed."));
        var next = request.ApplyTo(current);
        return IsSame(current, next) ? new EventEdit.Unchanged() : new EventEdit.Changed(next);
    }

    private static bool IsSame(Event one, Event other) =>
        one.Artists.SequenceEqual(other.Artists, StringComparer.Ordinal)
        && one.Tags.SequenceEqual(other.Tags, StringComparer.Ordinal)
        && one == other with { Artists = one.Artists, Tags = one.Tags };

    private static EventChanged ToMessage(Event @event) =>
        new(@event.EventId, @event.Revision, @event.Name, @event.StartTime, @event.DurationMinutes, @event.Artists, @event.Tags, @event.SalesOpenAt);
}
