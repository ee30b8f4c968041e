using System.Globalization;
using Carter;
using Evently.Analytics.Catalog;
using Evently.Analytics.Rollups;
using Evently.Shared.Http;
using Evently.Shared.Storage;
using Evently.Shared.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Evently.Analytics.Views;

/// <summary><c>GET /analytics/events</c>: a row an event; an organizer sees own events. The order is as of the last rollup, the figures are as of now.</summary>
internal sealed class ListEventAnalytics : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) =>
        app.MapGet("/analytics/events", HandleAsync)
            .Describe(
                "list_event_analytics",
                "Analytics",
                "Figures of all events",
                "An organizer sees own events, support and admin see all. Revenue is compared by amount, whatever the currency. At most 100,000 events are sorted.")
            .RequireRole(Policies.SignedIn)
            .QueryParameter("sort", "`start_time` (default), `revenue` or `utilization`.")
            .QueryParameter("order", "`asc` (default for start_time) or `desc` (default for the others).")
            .Paged()
            .Produces<IReadOnlyList<EventAnalytics>>()
            .Fails(StatusCodes.Status400BadRequest, "validation_failed")
            .Fails(StatusCodes.Status403Forbidden, "forbidden");

    private static async Task<IResult> HandleAsync(
        HttpContext context,
        Caller caller,
        EventListReader list,
        EventReader events,
        FigureReader figures,
        CancellationToken cancellationToken)
    {
        if (!EventAccess.MayAsk(caller))
            return Problems.Forbidden();
        var errors = new ValidationErrors();
        var asked = EventListRequest.Read(context.Request, errors);
        if (errors.Any)
            return errors.ToProblem();

        var (ids, next) = await list.ReadAsync(caller.IsStaff ? null : caller.UserId, asked, cancellationToken);
        var known = await events.FindManyAsync(ids, cancellationToken);
        var rows = await figures.ReadManyAsync(ids.Where(known.ContainsKey).Select(id => known[id]), cancellationToken);
        PageRequest.LinkNext(context, next);
        return TypedResults.Ok<IReadOnlyList<EventAnalytics>>([.. rows.Select(EventAnalytics.From)]);
    }
}

internal enum EventListSort
{
    StartTime,
    Revenue,
    Utilization,
}

/// <param name="After">Sort value and id of the row to continue behind; null from the start.</param>
internal sealed record EventListRequest(EventListSort Sort, bool Descending, int Limit, (long Value, string EventId)? After)
{
    public static EventListRequest Read(HttpRequest request, ValidationErrors errors)
    {
        var sort = EventListSort.StartTime;
        if (request.Query.TryGetValue("sort", out var name))
        {
            switch (name.ToString())
            {
                case "start_time":
                    break;
                case "revenue":
                    sort = EventListSort.Revenue;
                    break;
                case "utilization":
                    sort = EventListSort.Utilization;
                    break;
                default:
                    errors.Add("sort", "must be revenue, utilization or start_time.");
                    break;
            }
        }

        var descending = sort != EventListSort.StartTime;
        if (request.Query.TryGetValue("order", out var order))
        {
            errors.Check(order.ToString() is "asc" or "desc", "order", "must be asc or desc.");
            descending = order.ToString() == "desc";
        }

        var page = PageRequest.Read(request, errors);
        return new EventListRequest(sort, descending, page.Limit, ReadCursor(page.After, errors));
    }

    public long ValueOf(ListedEvent row) => Sort switch
    {
        EventListSort.StartTime => row.StartTime,
        EventListSort.Revenue => row.Revenue,
        EventListSort.Utilization => row.Utilization,
        _ => throw new InvalidOperationException($"There is no sort value for {Sort}."),
    };

    public string CursorOf(ListedEvent row) => string.Create(CultureInfo.InvariantCulture, $"{ValueOf(row)}|{row.EventId}");

    public int Compare((long Value, string EventId) left, (long Value, string EventId) right)
    {
        var byValue = left.Value.CompareTo(right.Value);
        var result = byValue != 0 ? byValue : string.CompareOrdinal(left.EventId, right.EventId);
        return Descending ? -result : result;
    }

    private static (long, string)? ReadCursor(string? after, ValidationErrors errors)
    {
        if (after is null)
            return null;
        var parts = after.Split('|');
        if (parts.Length == 2 && CanonicalNumber.TryParse(parts[0], out long value))
            return (value, parts[1]);
        errors.Add("cursor", "is not a cursor of this list.");
        return null;
    }
}

internal sealed class EventListReader(ModuleTable<AnalyticsModule> table)
{
    private const int MaxListed = 100_000;

    /// <param name="organizerId">Null for all organizers.</param>
    public async ValueTask<(IReadOnlyList<string> EventIds, string? Next)> ReadAsync(string? organizerId, EventListRequest asked, CancellationToken cancellationToken)
    {
        var range = organizerId is null ? SortRange.All : Keys.ListedEventsOf(organizerId);
        List<ListedEvent> rows = [];
        await foreach (var item in table.ScanPartitionAsync(Keys.ListedEvents, range, Consistency.Eventual, cancellationToken))
        {
            if (rows.Count == MaxListed)
                break;
            var row = ListedEvent.Read(item);
            if (asked.After is not { } after || asked.Compare((asked.ValueOf(row), row.EventId), after) > 0)
                rows.Add(row);
        }

        rows.Sort((left, right) => asked.Compare((asked.ValueOf(left), left.EventId), (asked.ValueOf(right), right.EventId)));
        var page = rows.Take(asked.Limit).ToList();
        return (page.ConvertAll(row => row.EventId), rows.Count > page.Count ? asked.CursorOf(page[^1]) : null);
    }
}
