using Evently.Events.Search;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Http;

namespace Evently.Events.Tests.Search;

public sealed class ListTests
{
    [Theory]
    [InlineData("?city=m%C3%BCnchen", 2)]
    [InlineData("?city=MUNCHEN", 2)]
    [InlineData("?artist=bj%C3%B6rk", 2, 3)]
    [InlineData("?tag=rock", 1, 2)]
    [InlineData("?tag=rock&tag=open%20air", 2)]
    [InlineData("?tag=rock&tag=opera")]
    [InlineData("?start_date=2030-01-03", 2, 3)]
    [InlineData("?end_date=2030-01-03", 1, 2)]
    [InlineData("?start_date=2030-01-03&end_date=2030-01-03", 2)]
    [InlineData("?start_date=2030-01-03T20:00:01Z", 3)]
    [InlineData("?end_date=2030-01-03T20:00:00Z", 1, 2)]
    [InlineData("?end_date=2030-01-03T20:59:59%2B01:00", 1)]
    [InlineData("?min_price=30", 2, 3)]
    [InlineData("?max_price=20", 1, 2)]
    [InlineData("?min_price=21&max_price=45")]
    [InlineData("?min_price=45.50&max_price=45.50", 3)]
    [InlineData("?sort=price", 1, 2, 3)]
    [InlineData("?sort=price&order=desc", 3, 2, 1)]
    [InlineData("?sort=name", 2, 1, 3)]
    [InlineData("?sort=name&order=desc&tag=rock", 1, 2)]
    [InlineData("?sort=date&order=desc", 3, 2, 1)]
    [InlineData("?offset=1&limit=1", 2)]
    [InlineData("?search=bjork&sort=date&order=desc", 3, 2)]
    [InlineData("?search=bjrok&max_price=20", 2)]
    public void Filters_and_orders_apply_together(string queryString, params int[] expected)
    {
        using var index = new EventIndex(TimeProvider.System);
        index.Apply(
        [
            Some.Event(1, "Bravo", tags: ["Rock"], prices: [10_00]),
            Some.Event(2, "alpha", city: "München", tags: ["rock", "Open Air"], artists: ["Björk"], prices: [20_00, 50_00]),
            Some.Event(3, "Charlie", artists: ["BJÖRK", "Other"], currency: "EUR", prices: [45_50]),
        ]);

        Assert.Equal(expected.Select(Some.Id), index.Find(Read(queryString)).Events.Select(e => e.EventId));
    }

    [Theory]
    [InlineData("?start_date=yesterday", "start_date")]
    [InlineData("?start_date=2030-01-01T10:00:00", "start_date")]
    [InlineData("?start_date=2030-02-30", "start_date")]
    [InlineData("?start_date=2030-02-02&end_date=2030-02-01", "end_date")]
    [InlineData("?min_price=-1", "min_price")]
    [InlineData("?min_price=1e400", "min_price")]
    [InlineData("?max_price=99999999999999999999999999999999999", "max_price")]
    [InlineData("?min_price=5&max_price=4", "max_price")]
    [InlineData("?sort=colour", "sort")]
    [InlineData("?sort=relevance", "sort")]
    [InlineData("?order=up", "order")]
    [InlineData("?offset=-1", "offset")]
    [InlineData("?offset=10001", "offset")]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=201", "limit")]
    [InlineData("?cursor=%21", "cursor")]
    [InlineData("?cursor=MGF8", "cursor")]
    [InlineData("?search=%00", "search")]
    [InlineData("?city=", "city")]
    [InlineData("?sort=date&sort=name", "sort")]
    public void A_wrong_parameter_is_named(string queryString, string field)
    {
        var errors = new ValidationErrors();
        ListEvents.Read(Request(queryString), Some.Day, errors);

        var members = Assert.IsType<Dictionary<string, string[]>>(errors.ToProblem().Members.Single(member => member.Name == "errors").Value);
        Assert.Contains(field, members.Keys);
    }

    [Theory]
    [InlineData("?sort=date")]
    [InlineData("?sort=date&order=desc")]
    [InlineData("?sort=price")]
    [InlineData("?sort=name&order=desc")]
    [InlineData("?search=event")]
    [InlineData("?search=event&order=asc")]
    [InlineData("?tag=even")]
    public void Pages_follow_one_another_without_gap_or_repetition_while_events_are_added(string queryString)
    {
        using var index = new EventIndex(TimeProvider.System);
        for (var i = 0; i < 100; i++)
            index.Apply(Make(i));
        var before = index.Find(Read(queryString + "&limit=200")).Events.Select(e => e.EventId).ToList();
        var paged = new List<string>();
        string? cursor = null;
        var added = 1_000;
        do
        {
            var query = Read(queryString + "&limit=7" + (cursor is null ? "" : "&cursor=" + PageRequest.Encode(cursor)));
            var page = index.Find(query);
            paged.AddRange(page.Events.Select(e => e.EventId));
            cursor = page.Next is { } next ? query.Order.ToCursor(next) : null;
            index.Apply(Make(added++));
            index.Apply(Make(added++));
        }
        while (cursor is not null);

        Assert.True(before.Count >= 50);
        Assert.Equal(paged.Count, paged.Distinct().Count());
        Assert.Equal(before, paged.Where(before.Contains));

        static Event Make(int i) => Some.Event(i, $"Event {(i * 37) % 11}", tags: i % 2 == 0 ? ["even"] : ["odd"], start: Some.Day.AddDays((i * 7) % 13), prices: [(i * 31) % 17 * 100]);
    }

    [Fact]
    public void What_has_ended_is_listed_only_when_its_time_is_asked_for()
    {
        using var index = new EventIndex(TimeProvider.System);
        index.Apply([Some.Event(1, "Over", start: Some.Day.AddDays(-30)), Some.Event(2, "Begun", start: Some.Day.AddMinutes(-89)), Some.Event(3, "Next", start: Some.Day.AddDays(1))]);

        Assert.Equal(["Begun", "Next"], index.Find(Read("")).Events.Select(@event => @event.Name));
        Assert.Equal(["Over", "Begun", "Next"], index.Find(Read("?start_date=2029-01-01")).Events.Select(@event => @event.Name));
        Assert.Equal(EventState.Over, Some.Event(1, start: Some.Day).StateAt(Some.Day.AddMinutes(90)));
        Assert.Equal(EventState.OnSale, Some.Event(1, start: Some.Day).StateAt(Some.Day.AddMinutes(89)));
    }

    [Fact]
    public void A_draft_is_in_no_list()
    {
        using var index = new EventIndex(TimeProvider.System);
        index.Apply(Some.Event(1) with { IsDraft = true });
        Assert.Empty(index.Find(Read("")).Events);
        index.Apply(Some.Event(1) with { Revision = 2 });
        Assert.Single(index.Find(Read("")).Events);
    }

    [Fact]
    public void A_cursor_of_another_order_is_refused()
    {
        var order = EventOrder.Default(EventSort.Name);
        var cursor = PageRequest.Encode(order.ToCursor(new EventPlace(0, "a|b", 0, Some.Id(1))));
        var errors = new ValidationErrors();

        Assert.NotNull(Read($"?sort=name&cursor={cursor}").After);
        ListEvents.Read(Request($"?sort=date&cursor={cursor}"), Some.Day, errors);
        Assert.True(errors.Any);
    }

    private static EventQuery Read(string queryString)
    {
        var errors = new ValidationErrors();
        var query = ListEvents.Read(Request(queryString), Some.Day, errors);
        Assert.False(errors.Any);
        return query;
    }

    private static HttpRequest Request(string queryString)
    {
        var context = new DefaultHttpContext();
        context.Request.QueryString = new QueryString(queryString);
        return context.Request;
    }
}
