using System.ComponentModel.DataAnnotations;
using Carter;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Evently.Shared.Storage;
using Evently.Shared.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Evently.Venues;

/// <param name="TimeZone">IANA; UTC when absent.</param>
internal sealed record CreateVenueRequest(
    [property: Required] string? Name = null,
    [property: Required] string? City = null,
    string? Description = null,
    [property: Required] IReadOnlyList<string?>? SeatTypes = null,
    string? TimeZone = null);

internal sealed class CreateVenue : ICarterModule
{
    private const string DefaultTimeZone = "UTC";
    private const int TimeZoneLength = 64;

    public void AddRoutes(IEndpointRouteBuilder app) => app.MapPost("/venue", HandleAsync)
        .Describe("create_venue", VenuesModule.Tag, "Create a venue", "Declares the seat types; the seats themselves are added by add_seats. The time zone is an IANA name, by default UTC.")
        .Fails(StatusCodes.Status400BadRequest, "validation_failed")
        .RequireRole(Policies.Organizer);

    private static async Task<Results<Created<VenueResponse>, ProblemResult>> HandleAsync(
        CreateVenueRequest request,
        Caller caller,
        RequestIdentity identity,
        VenueStore venues,
        ModuleTable<VenuesModule> table,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var errors = Validate(request);
        if (errors.Any)
            return errors.ToProblem();

        var venueId = PrefixedId.Format(VenuesModule.IdPrefix, identity.Id);
        if (identity.IsRepeat && await venues.FindAsync(venueId, cancellationToken) is { } made && made.CreatedBy == caller.UserId)
            return TypedResults.Created($"/venue/{venueId}", VenueResponse.From(made));
        var seatTypes = request.SeatTypes!.Select(type => IdentifierText.Normalize(type!)).ToArray();
        var venue = new Venue(
            venueId,
            request.Name!.Trim(),
            request.City!.Trim(),
            request.Description ?? "",
            seatTypes,
            request.TimeZone ?? DefaultTimeZone,
            DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds()),
            caller.UserId,
            PlanVersion: 1,
            PartCount: 0,
            SeatCounts: new int[seatTypes.Length]);
        Write[] writes =
        [
            Write.Put(Keys.Venue(venue.VenueId), venue.ToAttributes(), Condition.ItemAbsent),
            Write.Put(Keys.ListEntry(venue.VenueId), new Dictionary<string, Value>(), Condition.ItemAbsent),
            Write.Put(Keys.CityEntry(venue.City, venue.VenueId), new Dictionary<string, Value>(), Condition.ItemAbsent),
        ];
        var result = await table.TransactAsync(writes, cancellationToken);
        return result.Applied
            ? TypedResults.Created($"/venue/{venue.VenueId}", VenueResponse.From(venue))
            : throw new InvalidOperationException($"The fresh id {venue.VenueId} was taken.");
    }

    internal static ValidationErrors Validate(CreateVenueRequest request)
    {
        var errors = new ValidationErrors();
        errors.Text(request.Name, "name", 1, VenueLimits.Name);
        errors.Text(request.City, "city", 1, VenueLimits.City);
        errors.Text(request.Description, "description", 0, VenueLimits.Description, multiline: true);
        if (request.TimeZone is { } timeZone)
            errors.Check(IsIanaTimeZone(timeZone), "time_zone", "must be the name of an IANA time zone, such as Europe/Berlin.");

        var seatTypes = request.SeatTypes;
        if (seatTypes is null || seatTypes.Count is 0 or > VenueLimits.SeatTypes)
        {
            errors.Add("seat_types", $"must name 1 to {VenueLimits.SeatTypes} seat types.");
            return errors;
        }

        for (var i = 0; i < seatTypes.Count; i++)
            errors.Identifier(seatTypes[i], $"seat_types[{i}]", 1, VenueLimits.SeatType);
        errors.Check(errors.Any || seatTypes.Select(type => IdentifierText.Normalize(type!)).Distinct(StringComparer.Ordinal).Count() == seatTypes.Count, "seat_types", "must not name a type twice.");
        return errors;
    }

    private static bool IsIanaTimeZone(string name) =>
        name.Length is > 0 and <= TimeZoneLength
        && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '/' or '_' or '-' or '+')
        && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone)
        && zone.HasIanaId;
}
