using System.ComponentModel;
using Carter;
using Evently.Analytics.Catalog;
using Evently.Analytics.Rollups;
using Evently.Shared.Http;
using Evently.Shared.Money;
using Evently.Shared.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Evently.Analytics.Views;

internal sealed record TimelineBucket(
    [property: Description("Start of the minute, hour or day, in UTC.")] DateTimeOffset Bucket,
    [property: Description("Bookings confirmed.")] long Bookings,
    [property: Description("Seats of these bookings.")] long Seats,
    [property: Description("Gross of these bookings, in the event's currency; cancellations are not taken off.")] decimal Revenue,
    [property: Description("Bookings cancelled, whenever they were confirmed.")] long Cancellations,
    [property: Description("Holds placed.")] long Holds,
    [property: Description("Holds refused.")] long FailedHolds,
    [property: Description("Holds that ended unconfirmed.")] long ExpiredHolds);

/// <summary><c>GET /events/{event_id}/analytics/timeline</c>: what happened when. From the rollups, and the holds of this moment from the latest tally.</summary>
internal sealed class GetTimeline : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app) =>
        app.MapGet("/events/{event_id}/analytics/timeline", HandleAsync)
            .Describe(
                "get_event_timeline",
                "Analytics",
                "An event's figures by minute, hour or day",
                "Buckets in which nothing happened are left out. A range covers at most 7 days of minutes, 92 days of hours or 1,100 days of days; without `from` it is that much before `to`.")
            .RequireRole(Policies.SignedIn)
            .QueryParameter("granularity", "`minute`, `hour` (default) or `day`.")
            .QueryParameter("from", "First moment of the range; its bucket is included.", QueryParameterKind.Time)
            .QueryParameter("to", "End of the range, itself not included; now by default.", QueryParameterKind.Time)
            .Produces<IReadOnlyList<TimelineBucket>>()
            .Fails(StatusCodes.Status400BadRequest, "validation_failed")
            .Fails(StatusCodes.Status403Forbidden, "forbidden")
            .Fails(StatusCodes.Status404NotFound, "event_not_found");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "event_id")] string eventId,
        HttpRequest request,
        Caller caller,
        EventReader events,
        FigureReader figures,
        TimelineReader timeline,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (!EventAccess.MayAsk(caller))
            return Problems.Forbidden();
        var errors = new ValidationErrors();
        var range = TimelineRange.Read(request.Query, time.GetUtcNow(), errors);
        if (errors.Any)
            return errors.ToProblem();
        if (await events.FindAsync(eventId, cancellationToken) is not { } known)
            return EventAccess.NotFound(eventId);
        if (!EventAccess.MaySee(caller, known))
            return Problems.Forbidden();

        var held = await figures.ReadHeldAsync(known, cancellationToken);
        return TypedResults.Ok(await timeline.ReadAsync(known, held, range, cancellationToken));
    }
}

/// <summary>Buckets that begin at or after the bucket of <paramref name="From"/> and before <paramref name="To"/>.</summary>
internal sealed record TimelineRange(Granularity Granularity, DateTimeOffset From, DateTimeOffset To)
{
    public static TimelineRange Read(IQueryCollection query, DateTimeOffset now, ValidationErrors errors)
    {
        var granularity = Granularity.Hour;
        if (query.TryGetValue("granularity", out var name))
        {
            switch (name.ToString())
            {
                case "minute":
                    granularity = Granularity.Minute;
                    break;
                case "hour":
                    break;
                case "day":
                    granularity = Granularity.Day;
                    break;
                default:
                    errors.Add("granularity", "must be minute, hour or day.");
                    break;
            }
        }

        var longest = LongestOf(granularity);
        var to = ReadTime(query, "to", errors) ?? now;
        var from = ReadTime(query, "from", errors) ?? to - longest;
        errors.Check(from < to, "from", "must be before to.");
        errors.Check(to - from <= longest, "to", $"must be at most {longest.TotalDays:0} days after from.");
        return new TimelineRange(granularity, from, to);
    }

    private static TimeSpan LongestOf(Granularity granularity) => granularity switch
    {
        Granularity.Minute => TimeSpan.FromDays(7),
        Granularity.Hour => TimeSpan.FromDays(92),
        Granularity.Day => TimeSpan.FromDays(1_100),
        _ => throw new ArgumentOutOfRangeException(nameof(granularity)),
    };

    private static DateTimeOffset? ReadTime(IQueryCollection query, string name, ValidationErrors errors)
    {
        if (!query.TryGetValue(name, out var text))
            return null;
        if (Rfc3339.TryParse(text.ToString(), out var time))
            return time;
        errors.Add(name, "must be an RFC 3339 time with an offset, such as 2030-05-01T18:00:00Z.");
        return null;
    }
}

internal sealed class TimelineReader(ModuleTable<AnalyticsModule> table)
{
    public async ValueTask<IReadOnlyList<TimelineBucket>> ReadAsync(
        Catalog.KnownEvent known, Counting.HeldTally held, TimelineRange range, CancellationToken cancellationToken)
    {
        var granularity = range.Granularity;
        var first = Timeline.StartOf(granularity, range.From);
        var buckets = new SortedDictionary<DateTimeOffset, Dictionary<Figure, long>>();
        var prefix = Keys.TimelineSort(granularity, "");
        var sorts = SortRange.Between(
            Keys.TimelineSort(granularity, Timeline.PlaceOf(granularity, range.From).Span), Keys.TimelineSort(granularity, Timeline.PlaceOf(granularity, range.To).Span));
        await foreach (var item in table.ScanPartitionAsync(Keys.Timeline(known.EventId), sorts, Consistency.Strong, cancellationToken))
        {
            foreach (var (name, value) in item.Attributes)
                Add(Timeline.StartOf(granularity, new BucketPlace(item.Key.Sort[prefix.Length..], name[..2])), Timeline.FigureOf(name[2]), value.Number);
        }

        foreach (var minute in held.ActiveHolds)
            Add(Timeline.StartOf(granularity, minute.Minute), Figure.Holds, minute.Count);
        return [.. buckets.Select(bucket => ToAnswer(bucket.Key, bucket.Value, known.Currency))];

        void Add(DateTimeOffset start, Figure figure, long amount)
        {
            if (start < first || start >= range.To)
                return;
            if (!buckets.TryGetValue(start, out var bucket))
                buckets[start] = bucket = [];
            bucket[figure] = bucket.GetValueOrDefault(figure) + amount;
        }
    }

    private static TimelineBucket ToAnswer(DateTimeOffset start, Dictionary<Figure, long> bucket, string currency) => new(
        start,
        bucket.GetValueOrDefault(Figure.Bookings),
        bucket.GetValueOrDefault(Figure.Seats),
        Currency.ToMajor(bucket.GetValueOrDefault(Figure.Revenue), currency),
        bucket.GetValueOrDefault(Figure.Cancellations),
        bucket.GetValueOrDefault(Figure.Holds),
        bucket.GetValueOrDefault(Figure.FailedHolds),
        bucket.GetValueOrDefault(Figure.ExpiredHolds));
}
