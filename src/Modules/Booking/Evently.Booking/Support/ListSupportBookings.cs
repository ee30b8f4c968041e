using Carter;
using Evently.Booking.Catalog;
using Evently.Booking.Sagas;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Evently.Booking.Support;

internal sealed class ListSupportBookings : ICarterModule
{
    private const int MaxUserIdLength = 128;

    public void AddRoutes(IEndpointRouteBuilder app) => app.MapGet("/support/bookings", HandleAsync)
        .Describe(
            "list_support_bookings",
            "Support",
            "List saga instances",
            "Of an event or a user, newest first; without either, or with overdue=true, those that wait for something: first those that did not move on when they were woken, longest overdue first. Each list is complete; other filters may make pages short, and the Link header goes on.")
        .QueryParameter("event_id", "Only this event's.")
        .QueryParameter("user_id", "Only this user's.")
        .QueryParameter("state", "Only those in this state: " + string.Join(", ", SagaWords.AllStates) + $"; or {SagaWords.Unreadable}: what is stored can't be read.")
        .QueryParameter("overdue", "Only those that should have been woken by now.", QueryParameterKind.Boolean)
        .Paged()
        .Fails(StatusCodes.Status400BadRequest, "validation_failed")
        .RequireRole(Policies.Support);

    private static async Task<Results<Ok<IReadOnlyList<SupportBookingRow>>, ProblemResult>> HandleAsync(
        HttpContext context,
        SupportFinder finder,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var errors = new ValidationErrors();
        var page = PageRequest.Read(context.Request, errors);
        var filter = Filter.Read(context.Request.Query, errors);
        errors.Check(page.After is not { } after || filter.IsCursor(after), "cursor", "is not a cursor of this list.");
        if (errors.Any)
            return errors.ToProblem();

        var now = time.GetUtcNow();
        var (found, next) = await FindAsync(finder, filter, page, cancellationToken);
        PageRequest.LinkNext(context, next);
        return TypedResults.Ok<IReadOnlyList<SupportBookingRow>>([.. found
            .Where(read => read.Saga is { } saga ? filter.Admits(saga, now) : filter.AdmitsUnreadable)
            .Select(read => read.Saga is { } saga ? SupportBookingRow.From(saga, now) : SupportBookingRow.Unreadable(read))]);
    }

    private static ValueTask<SupportPage> FindAsync(SupportFinder finder, Filter filter, PageRequest page, CancellationToken cancellationToken) => filter switch
    {
        { IsWaiting: true } => finder.ListWaitingAsync(filter.Overdue == true, page.Limit, page.After, cancellationToken),
        { UserId: { } userId } => finder.ListOfUserAsync(userId, page.Limit, page.After, cancellationToken),
        _ => finder.ListOfEventAsync(filter.EventId!, page.Limit, page.After, cancellationToken),
    };

    private sealed record Filter(string? EventId, string? UserId, string? State, bool? Overdue)
    {
        public static Filter Read(IQueryCollection query, ValidationErrors errors)
        {
            var eventId = Text("event_id");
            var userId = Text("user_id");
            var state = Text("state");
            var overdue = Text("overdue");
            errors.Check(eventId is null || PrefixedId.TryParse(eventId, OnSaleEvent.IdPrefix, out _), "event_id", "must be an event's id.");
            errors.Check(
                userId is null || (userId.Length <= MaxUserIdLength && ValidationErrors.IsCleanText(userId, multiline: false)), "user_id", "must be a user's id.");
            errors.Check(state is null or SagaWords.Unreadable || SagaWords.AllStates.Contains(state), "state", "must be one of " + string.Join(", ", SagaWords.AllStates) + ".");
            errors.Check(overdue is null or "true" or "false", "overdue", "must be true or false.");
            return new Filter(eventId, userId, state, overdue is null ? null : overdue == "true");

            string? Text(string name) => query.TryGetValue(name, out var value) && value.ToString() is { Length: > 0 } text ? text : null;
        }

        /// <summary>The list of what waits for something, in place of that of an event or a user.</summary>
        public bool IsWaiting => Overdue == true || (UserId is null && EventId is null);

        /// <summary>Of the list that this filter asks for.</summary>
        public bool IsCursor(string after) => IsWaiting ? SupportFinder.IsWaitingPlace(after) : SupportFinder.IsHoldingPlace(after);

        /// <summary>Nothing is known of it but that the list has it.</summary>
        public bool AdmitsUnreadable => State is null or SagaWords.Unreadable && (!IsWaiting || (UserId is null && EventId is null));

        public bool Admits(BookingSaga saga, DateTimeOffset now) =>
            (EventId is null || saga.EventId == EventId)
            && (UserId is null || saga.UserId == UserId)
            && (State is null || SagaWords.Of(saga.State) == State)
            && (Overdue is null || SagaWords.IsOverdue(saga, now) == Overdue);
    }
}
