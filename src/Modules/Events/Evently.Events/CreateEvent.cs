using System.ComponentModel.DataAnnotations;
using Carter;
using Evently.Events.Contracts;
using Evently.Events.Search;
using Evently.Events.SeatPlans;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Venues.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace Evently.Events;

/// <param name="Duration">Minutes.</param>
/// <param name="SeatTypePrices">Major units of <paramref name="Currency"/>.</param>
/// <param name="Currency">ISO 4217; USD when absent.</param>
/// <param name="HoldSeconds">5 to 3600; the system's default of this moment when absent.</param>
/// <param name="SalesCloseAt">When sales end; at the start when absent.</param>
/// <param name="MaxSeatsPerBooking">1 to 20; 8 when absent.</param>
/// <param name="MaxSeatsPerUser">Seats that one person may hold and have booked in all; no limit when absent.</param>
/// <param name="Draft">Not on sale, and seen by its owner and staff only, until it is published.</param>
internal sealed record CreateEventRequest(
    [property: Required] string? VenueId = null,
    [property: Required] string? Name = null,
    [property: Required] DateTimeOffset? StartTime = null,
    [property: Required] int? Duration = null,
    IReadOnlyList<string?>? Artists = null,
    IReadOnlyList<string?>? Tags = null,
    string? Description = null,
    [property: Required] IReadOnlyDictionary<string, decimal>? SeatTypePrices = null,
    string? Currency = null,
    DateTimeOffset? SalesOpenAt = null,
    int? HoldSeconds = null,
    int? MaxSeatsPerBooking = null,
    DateTimeOffset? SalesCloseAt = null,
    int? MaxSeatsPerUser = null,
    bool Draft = false);

internal sealed class CreateEvent : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPost("/events", HandleAsync)
        .Describe("create_event", EventsModule.Tag, "Create an event", "It sells the seats that its venue has at this moment; seats that the venue gets later are not sold. Every seat type that has seats needs a price.")
        .Fails(StatusCodes.Status400BadRequest, "validation_failed", "seat_type_not_priced", "unknown_seat_type")
        .Fails(StatusCodes.Status404NotFound, "venue_not_found")
        .Fails(StatusCodes.Status503ServiceUnavailable, "unavailable")
        .RequireRole(Policies.Organizer);

    private static async Task<Results<Created<EventResponse>, ProblemResult>> HandleAsync(
        CreateEventRequest request,
        Caller caller,
        RequestIdentity identity,
        SeatPlanInquiry inquiry,
        EventStore events,
        EventIndex index,
        UnitOfWork<EventsModule> unitOfWork,
        IOptions<EventOptions> options,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (errors, prices) = Validate(request, time.GetUtcNow());
        if (errors.Any)
            return errors.ToProblem();
        var venueId = request.VenueId!;
        if (!PrefixedId.TryParse(venueId, "venue", out _))
            return VenueNotFound();

        var eventId = PrefixedId.Format(EventsModule.IdPrefix, identity.Id);
        if (identity.IsRepeat && await events.FindAsync(eventId, cancellationToken) is { } made && made.OrganizerId == caller.UserId)
            return TypedResults.Created($"/events/{eventId}", EventResponse.From(made, time.GetUtcNow()));
        var plan = await inquiry.AskAsync(eventId, venueId, unitOfWork, cancellationToken);
        if (plan is null)
            return Problems.Unavailable("The venue's seat plan could not be read in time; try again.", SeatPlanInquiry.LongestWait);
        if (!plan.Found)
            return VenueNotFound();
        if (CheckPrices(plan, prices.Keys) is { } problem)
            return problem;

        var created = Build(request, eventId, caller.UserId, plan, prices, options.Value.DefaultHoldSeconds, time.GetUtcNow());
        foreach (var write in events.Writes(created))
            unitOfWork.Add(write);
        if (created.IsDraft)
            unitOfWork.Publish(new EventDrafted(eventId, created.CreatedAt), eventId);
        else
            unitOfWork.Publish(EventMessages.Created(created), eventId);
        if (!(await unitOfWork.CommitAsync(cancellationToken)).Applied)
            throw new InvalidOperationException($"The fresh id {eventId} was taken.");
        index.Apply(created);
        return TypedResults.Created($"/events/{eventId}", EventResponse.From(created, time.GetUtcNow()));
    }

    internal static (ValidationErrors Errors, Dictionary<string, long> Prices) Validate(CreateEventRequest request, DateTimeOffset now)
    {
        var errors = new ValidationErrors();
        errors.Check(request.VenueId is not null, "venue_id", "is required.");
        errors.Check(request.StartTime is not null, "start_time", "is required.");
        EventRules.Start(request.StartTime, now, errors);
        EventRules.Sales(request.SalesOpenAt, request.SalesCloseAt, errors);
        EventRules.Name(request.Name, errors);
        EventRules.Description(request.Description, errors);
        EventRules.Duration(request.Duration, errors);
        EventRules.Artists(request.Artists ?? [], errors);
        EventRules.Tags(request.Tags ?? [], errors);
        errors.Check(
            request.HoldSeconds is null or (>= EventLimits.MinHoldSeconds and <= EventLimits.MaxHoldSeconds),
            "hold_seconds",
            $"must be a number from {EventLimits.MinHoldSeconds} to {EventLimits.MaxHoldSeconds}.");
        errors.Check(
            request.MaxSeatsPerBooking is null or (>= 1 and <= EventLimits.SeatsPerBooking),
            "max_seats_per_booking",
            $"must be a number from 1 to {EventLimits.SeatsPerBooking}.");
        errors.Check(
            request.MaxSeatsPerUser is null or (>= 1 and <= EventLimits.SeatsPerUser),
            "max_seats_per_user",
            $"must be a number from 1 to {EventLimits.SeatsPerUser}.");
        return (errors, EventRules.Prices(request.SeatTypePrices, request.Currency ?? EventLimits.DefaultCurrency, errors));
    }

    /// <summary>Every type that has seats is priced (of a venue without seats: every type), and nothing else is that the venue does not know.</summary>
    internal static ProblemResult? CheckPrices(SeatPlanAnswered plan, IReadOnlyCollection<string> priced)
    {
        var unknown = priced.Except(plan.SeatTypes, StringComparer.Ordinal).ToArray();
        if (unknown.Length > 0)
            return Problems.BadRequest("unknown_seat_type", "The venue does not declare these seat types: " + string.Join(", ", unknown) + ".", ("seat_types", unknown));
        var sold = plan.Seats.Count > 0 ? plan.Seats.Select(seats => seats.SeatType) : plan.SeatTypes;
        var missing = sold.Except(priced, StringComparer.Ordinal).ToArray();
        return missing.Length > 0
            ? Problems.BadRequest("seat_type_not_priced", "These seat types of the venue have no price: " + string.Join(", ", missing) + ".", ("seat_types", missing))
            : null;
    }

    private static Event Build(CreateEventRequest request, string eventId, string organizerId, SeatPlanAnswered plan, Dictionary<string, long> prices, int defaultHoldSeconds, DateTimeOffset now) => new(
        eventId,
        Revision: 1,
        organizerId,
        plan.VenueId,
        plan.VenueName,
        plan.City,
        plan.TimeZone,
        plan.PlanVersion,
        request.Name!.Trim(),
        request.StartTime!.Value,
        request.Duration!.Value,
        [.. request.Artists?.Select(artist => artist!) ?? []],
        [.. request.Tags?.Select(tag => tag!) ?? []],
        request.Description ?? "",
        request.Currency ?? EventLimits.DefaultCurrency,
        prices,
        request.SalesOpenAt,
        request.HoldSeconds ?? defaultHoldSeconds,
        request.MaxSeatsPerBooking ?? EventLimits.DefaultSeatsPerBooking,
        DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds()),
        CancelledAt: null,
        request.SalesCloseAt,
        request.MaxSeatsPerUser,
        request.Draft,
        plan.Seats.Sum(seats => seats.Count));

    private static ProblemResult VenueNotFound() => Problems.NotFound("venue_not_found", "There is no such venue.");
}
