using System.Buffers;
using System.Globalization;
using Carter;
using Evently.Events.Search;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Evently.Shared.Text;

namespace Evently.Events;

internal sealed class ListEvents : ICarterModule
{
    private const int MaxOffset = 10_000;
    private const int MaxSearch = 200;
    private const int MaxSearchWords = 12;
    private const int MaxRepeats = 10;
    private const string DateFormat = "yyyy-MM-dd";
    private static readonly SearchValues<char> DateCharacters = SearchValues.Create("0123456789-");
    private static readonly string[] Single = ["city", "start_date", "end_date", "min_price", "max_price", "search", "sort", "order", "offset", "limit", "cursor"];

    public void AddRoutes(IEndpointRouteBuilder app) => app.MapGet("/events", HandleAsync)
        .Describe(
            "list_events",
            EventsModule.Tag,
            "List and search events",
            "Sorted by date, or by relevance when there is a `search`. Without a `start_date`: what has not ended. Cancelled events are listed with their state, drafts are not. A cursor belongs to the `sort` and `order` that it came from.")
        .QueryParameter("city", "Only this city; case and accents do not matter.")
        .QueryParameter("artist", "Only events with this artist; repeated: with every one of them.", repeatable: true)
        .QueryParameter("tag", "Only events with this tag; repeated: with every one of them.", repeatable: true)
        .QueryParameter("start_date", "Events that start at or after it: an RFC 3339 date (UTC) or date-time.")
        .QueryParameter("end_date", "Events that start at or before it; a date includes the whole day (UTC).")
        .QueryParameter("min_price", "Events with a seat type that costs between min_price and max_price, in major units of the event's currency.", QueryParameterKind.Number)
        .QueryParameter("max_price", "See min_price.", QueryParameterKind.Number)
        .QueryParameter("search", "Fuzzy, over name, description, artists and tags.")
        .QueryParameter("sort", "`date`, `price` (the cheapest seat), `name` or `relevance` (with a search).")
        .QueryParameter("order", "`asc` or `desc`; by default `asc`, for relevance `desc`.")
        .QueryParameter("offset", "Events to skip, at most 10,000; not together with a cursor.", QueryParameterKind.Integer)
        .Paged()
        .Fails(StatusCodes.Status400BadRequest, "validation_failed")
        .Public();

    private static async Task<Results<Ok<IReadOnlyList<EventResponse>>, ProblemResult>> HandleAsync(HttpContext context, EventIndex index, TimeProvider time, CancellationToken cancellationToken)
    {
        var errors = new ValidationErrors();
        var now = time.GetUtcNow();
        var query = Read(context.Request, now, errors);
        if (errors.Any)
            return errors.ToProblem();
        if (!await index.WaitUntilLoadedAsync(cancellationToken))
            return Problems.Unavailable("The list of events is still being built; try again.", EventIndex.LongestWait);

        var page = index.Find(query);
        PageRequest.LinkNext(context, page.Next is { } next ? query.Order.ToCursor(next) : null);
        return TypedResults.Ok<IReadOnlyList<EventResponse>>([.. page.Events.Select(@event => EventResponse.From(@event, now))]);
    }

    /// <summary>Usable only when it added no errors.</summary>
    internal static EventQuery Read(HttpRequest request, DateTimeOffset now, ValidationErrors errors)
    {
        foreach (var name in Single)
            errors.Check(request.Query[name].Count <= 1, name, "must be given once.");

        var search = Text(request, "search", MaxSearch, errors);
        var filter = new EventFilter(
            Text(request, "city", MaxSearch, errors) is { } city ? TextFolding.Fold(city) : null,
            Texts(request, "artist", errors),
            Texts(request, "tag", errors),
            search is null ? null : [.. TextFolding.Words(TextFolding.Fold(search)).Distinct(StringComparer.Ordinal).Take(MaxSearchWords)],
            Time(request, "start_date", isEnd: false, errors),
            request.Query.ContainsKey("start_date") ? null : now.UtcTicks,
            Time(request, "end_date", isEnd: true, errors),
            Price(request, "min_price", errors),
            Price(request, "max_price", errors));
        errors.Check(filter.StartsFrom is null || filter.StartsBefore is null || filter.StartsFrom < filter.StartsBefore, "end_date", "must not be before start_date.");
        errors.Check(filter.MinPrice is null || filter.MaxPrice is null || filter.MinPrice <= filter.MaxPrice, "max_price", "must not be less than min_price.");

        var order = Order(request, search is not null, errors);
        var page = PageRequest.Read(request, errors);
        EventPlace? after = null;
        if (page.After is { } cursor)
        {
            if (order.TryReadCursor(cursor, out var place))
                after = place;
            else
                errors.Add("cursor", "is not a cursor of this list.");
        }

        return new EventQuery(filter, order, page.Limit, after, Offset(request, errors));
    }

    private static EventOrder Order(HttpRequest request, bool isSearch, ValidationErrors errors)
    {
        var sort = request.Query["sort"].ToString() switch
        {
            "" => isSearch ? EventSort.Relevance : EventSort.Date,
            "date" => EventSort.Date,
            "price" => EventSort.Price,
            "name" => EventSort.Name,
            "relevance" => EventSort.Relevance,
            _ => (EventSort?)null,
        };
        errors.Check(sort is not null, "sort", "must be date, price, name or relevance.");
        errors.Check(sort is not EventSort.Relevance || isSearch, "sort", "by relevance needs a search.");
        var order = EventOrder.Default(sort ?? EventSort.Date);
        switch (request.Query["order"].ToString())
        {
            case "":
                return order;
            case "asc":
                return order with { Descending = false };
            case "desc":
                return order with { Descending = true };
            default:
                errors.Add("order", "must be asc or desc.");
                return order;
        }
    }

    private static int Offset(HttpRequest request, ValidationErrors errors)
    {
        if (!request.Query.TryGetValue("offset", out var text))
            return 0;
        errors.Check(!request.Query.ContainsKey("cursor"), "offset", "cannot be combined with cursor.");
        if (CanonicalNumber.TryParse(text.ToString(), out int offset) && offset <= MaxOffset)
            return offset;
        errors.Add("offset", $"must be a number from 0 to {MaxOffset}.");
        return 0;
    }

    private static string? Text(HttpRequest request, string name, int length, ValidationErrors errors) =>
        request.Query.TryGetValue(name, out var text) ? Checked(text.ToString(), name, length, errors) : null;

    private static IReadOnlyList<string> Texts(HttpRequest request, string name, ValidationErrors errors)
    {
        if (!request.Query.TryGetValue(name, out var texts))
            return [];
        errors.Check(texts.Count <= MaxRepeats, name, $"must be given at most {MaxRepeats} times.");
        return [.. texts.Take(MaxRepeats).Select(text => Checked(text ?? "", name, EventLimits.Artist, errors)).OfType<string>().Select(TextFolding.Fold)];
    }

    /// <returns>Null, and an error, for text that must not be folded.</returns>
    private static string? Checked(string text, string name, int length, ValidationErrors errors)
    {
        errors.Text(text, name, 1, length);
        return ValidationErrors.IsCleanText(text, multiline: false) && ValidationErrors.ScalarCount(text) <= length ? text : null;
    }

    /// <returns>UTC ticks: of the start itself, or of the first moment behind the end.</returns>
    private static long? Time(HttpRequest request, string name, bool isEnd, ValidationErrors errors)
    {
        if (!request.Query.TryGetValue(name, out var value))
            return null;
        var text = value.ToString();
        if (text.Length == DateFormat.Length && !text.AsSpan().ContainsAnyExcept(DateCharacters)
            && DateOnly.TryParseExact(text, DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) && date < DateOnly.MaxValue)
            return (isEnd ? date.AddDays(1) : date).ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc).Ticks;
        if (Rfc3339.TryParse(text, out var moment))
            return isEnd ? moment.UtcTicks + 1 : moment.UtcTicks;
        errors.Add(name, "must be an RFC 3339 date or date-time, such as 2030-06-01 or 2030-06-01T18:00:00Z.");
        return null;
    }

    private static long? Price(HttpRequest request, string name, ValidationErrors errors)
    {
        if (!request.Query.TryGetValue(name, out var text))
            return null;
        if (CanonicalNumber.TryParse(text.ToString(), out decimal price) && price <= Shared.Money.Currency.MaxAmount)
            return (long)(price * EventEntry.PriceParts);
        errors.Add(name, "must be an amount of 0 or more.");
        return null;
    }
}
