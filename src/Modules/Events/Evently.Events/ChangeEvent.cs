using Carter;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Events;

/// <summary>
/// What to change; an absent member stays as it is. It remembers which members were there, for <c>"sales_open_at": null</c> clears that time, as does
/// <c>"sales_close_at": null</c>, and every other null is an error.
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

    /// <summary>Null: with the start.</summary>
    public DateTimeOffset? SalesCloseAt { get; set => Give(ref field, value, nameof(SalesCloseAt)); }

    /// <summary>Major units, of holds placed from now on; seat types that are not named keep their price.</summary>
    public IReadOnlyDictionary<string, decimal>? SeatTypePrices { get; set => Give(ref field, value, nameof(SeatTypePrices)); }

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
        if (IsGiven(nameof(SeatTypePrices)))
            NotNull(SeatTypePrices, "seat_type_prices", errors);
        return errors;
    }

    /// <summary>The event with these changes.</summary>
    /// <param name="prices">The changed ones, in minor units.</param>
    public Event ApplyTo(Event @event, IReadOnlyDictionary<string, long> prices) => @event with
    {
        Name = Name?.Trim() ?? @event.Name,
        Description = Description ?? @event.Description,
        Artists = Artists is null ? @event.Artists : [.. Artists.Select(artist => artist!)],
        Tags = Tags is null ? @event.Tags : [.. Tags.Select(tag => tag!)],
        StartTime = StartTime ?? @event.StartTime,
        DurationMinutes = Duration ?? @event.DurationMinutes,
        SalesOpenAt = IsGiven(nameof(SalesOpenAt)) ? SalesOpenAt : @event.SalesOpenAt,
        SalesCloseAt = IsGiven(nameof(SalesCloseAt)) ? SalesCloseAt : @event.SalesCloseAt,
        Prices = prices.Count == 0 ? @event.Prices : @event.Prices.ToDictionary(price => price.Key, price => prices.GetValueOrDefault(price.Key, price.Value), StringComparer.Ordinal),
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
        .Describe("change_event", EventsModule.Tag, "Change an event", "Members that are absent stay as they are; a null `sales_open_at` opens the sale at once, a null `sales_close_at` closes it with the start. Changed prices, times and limits of sale count for holds placed afterwards, on every instance within two seconds of the answer. Its owner or an admin.")
        .Fails(StatusCodes.Status400BadRequest, "validation_failed", "unknown_seat_type")
        .Fails(StatusCodes.Status404NotFound, "event_not_found")
        .Fails(StatusCodes.Status409Conflict, "event_cancelled")
        .RequireRole(Policies.Organizer);

    private static async Task<Results<Ok<EventResponse>, ProblemResult>> HandleAsync(
        [FromRoute(Name = "event_id")] string eventId,
        ChangeEventRequest request,
        Caller caller,
        EventEditor editor,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var errors = request.Validate();
        if (errors.Any)
            return errors.ToProblem();
        var (changed, problem) = await editor.EditAsync(
            eventId,
            caller,
            current => Decide(current, request, time.GetUtcNow()),
            static (unitOfWork, @event) =>
            {
                if (!@event.IsDraft)
                    unitOfWork.Publish(EventMessages.Changed(@event), @event.EventId);
            },
            cancellationToken);
        return changed is null ? problem! : TypedResults.Ok(EventResponse.From(changed, time.GetUtcNow()));
    }

    internal static EventEdit Decide(Event current, ChangeEventRequest request, DateTimeOffset now)
    {
        if (current.IsCancelled)
            return new EventEdit.Refused(Problems.Conflict("event_cancelled", "The event is cancelled and cannot be changed."));
        var errors = new ValidationErrors();
        var prices = request.SeatTypePrices is { } changed
            ? EventRules.Prices(changed, current.Currency, errors)
            : new Dictionary<string, long>(StringComparer.Ordinal);
        if (prices.Keys.Except(current.Prices.Keys, StringComparer.Ordinal).ToArray() is { Length: > 0 } unknown)
        {
            return new EventEdit.Refused(Problems.BadRequest(
                "unknown_seat_type", "The event does not sell these seat types: " + string.Join(", ", unknown) + ".", ("seat_types", unknown)));
        }

        var next = request.ApplyTo(current, prices);
        if (next.StartTime != current.StartTime)
            EventRules.Start(next.StartTime, now, errors);
        EventRules.Sales(next.SalesOpenAt, next.SalesCloseAt, errors);
        if (errors.Any)
            return new EventEdit.Refused(errors.ToProblem());
        return IsSame(current, next) ? new EventEdit.Unchanged() : new EventEdit.Changed(next);
    }

    private static bool IsSame(Event one, Event other) =>
        one.Artists.SequenceEqual(other.Artists, StringComparer.Ordinal)
        && one.Tags.SequenceEqual(other.Tags, StringComparer.Ordinal)
        && one.Prices.All(price => other.Prices[price.Key] == price.Value)
        && one == other with { Artists = one.Artists, Tags = one.Tags, Prices = one.Prices };
}
