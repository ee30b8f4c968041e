using System.Text.Json.Nodes;
using Evently.Booking.Contracts;
using Evently.Events.Contracts;
using Evently.Shared.Ids;
using Evently.Users.Tests.Driver;

namespace Evently.Users.Tests;

public sealed class BookingHistoryTests(UsersFixture users) : IClassFixture<UsersFixture>, IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2030, 6, 1, 19, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Confirmed = new(2030, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly BookedSeat[] Seats = [new("A-1", "vip", 4_550), new("A-2", "vip", 4_550)];
    private readonly UsersApp _app = users.App;
    private readonly string _eventId = users.App.Service<IdGenerator>().Next("event");
    private Person _person = null!;

    public async ValueTask InitializeAsync() => _person = await _app.PersonAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_confirmed_booking_is_shown_with_its_event()
    {
        var id = NextId();
        await _app.PublishAsync(Created("Northern Lights"));
        await _app.PublishAsync(ConfirmedOf(id));
        var row = Assert.Single(await RowsAsync());
        Assert.Equal(
            $$"""{"booking_id":"booking-{{id}}","event_id":"{{_eventId}}","event_name":"Northern Lights","start_time":"2030-06-01T19:00:00Z","seats":["A-1","A-2"],"booking_date":"2030-05-01T12:00:00Z","state":"confirmed","total":91.00,"currency":"USD"}""",
            row!.ToJsonString());
    }

    [Fact]
    public async Task The_state_follows_the_facts_in_every_order_and_however_often_they_come()
    {
        foreach (var order in Permutations([0, 1, 2]))
        {
            var id = NextId();
            foreach (var fact in order.Concat(order))
                await (fact switch { 0 => _app.PublishAsync(ConfirmedOf(id)), 1 => _app.PublishAsync(CancelledOf(id)), _ => _app.PublishAsync(RefundedOf(id)) });
            Assert.Equal("cancelled", await StateAsync(id));
        }
    }

    [Fact]
    public async Task A_cancelled_booking_waits_for_its_refund()
    {
        var id = NextId();
        await _app.PublishAsync(CancelledOf(id));
        Assert.Equal("refund_pending", await StateAsync(id));
        await _app.PublishAsync(RefundedOf(id));
        Assert.Equal("cancelled", await StateAsync(id));
    }

    [Fact]
    public async Task A_booking_that_cost_nothing_is_cancelled_at_once()
    {
        var id = NextId();
        await _app.PublishAsync(CancelledOf(id) with { Refund = 0 });
        Assert.Equal("cancelled", await StateAsync(id));
    }

    [Fact]
    public async Task A_hold_that_ended_after_a_payment_was_tried_shows_as_failed_until_late_money_books_it()
    {
        var id = NextId();
        await _app.PublishAsync(EndedOf(id, payable: true));
        Assert.Equal("failed", await StateAsync(id));
        await _app.PublishAsync(ConfirmedOf(id));
        Assert.Equal("confirmed", await StateAsync(id));
    }

    [Fact]
    public async Task Late_money_that_went_back_leaves_the_booking_failed()
    {
        var id = NextId();
        await _app.PublishAsync(EndedOf(id, payable: true));
        await _app.PublishAsync(RefundedOf(id) with { WasConfirmed = false });
        Assert.Equal("failed", await StateAsync(id));
    }

    [Fact]
    public async Task A_hold_that_nobody_tried_to_pay_is_no_booking()
    {
        await _app.PublishAsync(EndedOf(NextId(), payable: false));
        Assert.Empty(await RowsAsync());
    }

    [Fact]
    public async Task An_event_shows_under_its_latest_name_whatever_arrives_last()
    {
        await _app.PublishAsync(ConfirmedOf(NextId()));
        await _app.PublishAsync(Changed(3, "Third"));
        await _app.PublishAsync(Changed(2, "Second"));
        await _app.PublishAsync(Created("First"));
        Assert.Equal("Third", (await RowsAsync()).Single()!["event_name"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_newest_come_first_a_page_at_a_time()
    {
        var ids = Enumerable.Range(0, 5).Select(_ => NextId()).ToList();
        foreach (var id in ids)
            await _app.PublishAsync(ConfirmedOf(id));
        var seen = new List<string>();
        string? path = $"/user/{_person.UserId}/bookings?limit=2";
        for (var page = 0; page < 3; page++)
        {
            var answer = await _app.GetAsync(path!, _person.Token);
            seen.AddRange(answer.Is(200).AsArray().Select(row => row!["booking_id"]!.GetValue<string>()["booking-".Length..]));
            Assert.Equal(page < 2, answer.Headers.TryGetValue("Link", out var link));
            path = link?.Split('<', '>')[1];
        }

        Assert.Equal(ids.AsEnumerable().Reverse(), seen);
    }

    [Fact]
    public async Task The_order_is_that_of_the_booking_dates_also_across_pages()
    {
        // Held one after the other, confirmed in another order, with a page that ends between two of them.
        (int Held, int Booked)[] minutes = [(0, 59), (1, 2), (2, 50), (3, 4), (4, 40), (5, 6), (6, 7), (61, 62), (62, 90), (63, 64)];
        var dates = new List<DateTimeOffset>();
        foreach (var (held, booked) in minutes)
        {
            var date = Confirmed.AddMinutes(booked);
            await _app.PublishAsync(ConfirmedOf(IdAt(Confirmed.AddMinutes(held))) with { ConfirmedAt = date });
            dates.Add(date);
        }

        foreach (var limit in (int[])[1, 2, 3, 20])
        {
            var seen = new List<DateTimeOffset>();
            var path = $"/user/{_person.UserId}/bookings?limit={limit}";
            while (path is not null)
            {
                var answer = await _app.GetAsync(path, _person.Token);
                seen.AddRange(answer.Is(200).AsArray().Select(row => row!["booking_date"]!.GetValue<DateTimeOffset>()));
                path = answer.Headers.TryGetValue("Link", out var link) ? link.Split('<', '>')[1] : null;
            }

            Assert.Equal(dates.OrderDescending(), seen);
        }
    }

    [Fact]
    public async Task A_payment_that_is_under_way_is_shown_as_pending_until_its_outcome_is_known()
    {
        var id = NextId();
        await _app.PublishAsync(PendingOf(id, attempt: 1));
        Assert.Equal("payment_pending", await StateAsync(id));
        Assert.Equal(Confirmed.AddSeconds(-9), (await RowsAsync()).Single()!["booking_date"]!.GetValue<DateTimeOffset>());

        await _app.PublishAsync(DeclinedOf(id, attempt: 1));
        Assert.Empty(await RowsAsync());
        await _app.PublishAsync(PendingOf(id, attempt: 2));
        Assert.Equal("payment_pending", await StateAsync(id));
        await _app.PublishAsync(EndedOf(id, payable: true));
        Assert.Equal("failed", await StateAsync(id));
        await _app.PublishAsync(ConfirmedOf(id));
        Assert.Equal("confirmed", await StateAsync(id));

        // Late and twice, they change nothing.
        await _app.PublishAsync(PendingOf(id, attempt: 2));
        await _app.PublishAsync(DeclinedOf(id, attempt: 2));
        Assert.Equal("confirmed", await StateAsync(id));
        var other = NextId();
        await _app.PublishAsync(DeclinedOf(other, attempt: 1));
        await _app.PublishAsync(PendingOf(other, attempt: 1));
        Assert.Equal("confirmed", (await RowsAsync()).Single()!["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task Nobody_is_erased_while_a_payment_for_a_booking_to_come_is_pending()
    {
        var id = NextId();
        await _app.PublishAsync(PendingOf(id, attempt: 1));
        (await _app.SendAsync(HttpMethod.Delete, $"/user/{_person.UserId}", token: _person.Token)).IsProblem(409, "has_upcoming_bookings");
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=201", "limit")]
    [InlineData("cursor=%7B", "cursor")]
    [InlineData("cursor=bm9uc2Vuc2U", "cursor")]
    [InlineData("cursor=LTEtMDFIVjAwMDAwMDAwMDAwMDAwMDAwMDAwMDA", "cursor")]
    [InlineData("cursor=OTk5OTk5OTk5OTk5OTk5OTk5LTAxSFYwMDAwMDAwMDAwMDAwMDAwMDAwMDAw", "cursor")]
    public async Task A_page_that_cannot_be_is_refused(string query, string field)
    {
        var problem = (await _app.GetAsync($"/user/{_person.UserId}/bookings?{query}", _person.Token)).IsProblem(400, "validation_failed");
        Assert.Equal([field], problem["errors"]!.AsObject().Select(error => error.Key));
    }

    private static IEnumerable<int[]> Permutations(int[] items) =>
        from first in items
        from second in items
        from third in items
        where first != second && second != third && first != third
        select (int[])[first, second, third];

    private EventCreated Created(string name) => new(
        _eventId, "user-x", "venue-x", "Arena", "Berlin", "UTC", 1, 2, name, Start, 90, [], [], "USD", new Dictionary<string, long> { ["vip"] = 4_550 }, null, null, 8, Confirmed);

    private EventChanged Changed(int revision, string name) => new(_eventId, revision, name, Start, 90, [], [], null);

    private string NextId() => _app.Service<IdGenerator>().Next().ToString();

    private static string IdAt(DateTimeOffset time) => new Ulid(((UInt128)(ulong)time.ToUnixTimeMilliseconds() << 80) | 7).ToString();

    private PaymentPending PendingOf(string id, int attempt) =>
        new($"booking-{id}", _eventId, _person.UserId, Seats, 9_100, "USD", attempt, Confirmed.AddSeconds(-10 + attempt));

    private PendingPaymentDeclined DeclinedOf(string id, int attempt) => new($"booking-{id}", _person.UserId, attempt, Confirmed);

    private BookingConfirmed ConfirmedOf(string id) =>
        new($"booking-{id}", $"holding-{id}", _eventId, _person.UserId, Seats, 9_100, "USD", Confirmed.AddMinutes(-1), Confirmed);

    private BookingCancelled CancelledOf(string id) => new($"booking-{id}", _eventId, _person.UserId, Seats, 9_100, "USD", Confirmed, Confirmed.AddHours(1));

    private RefundCompleted RefundedOf(string id) => new($"booking-{id}", _eventId, _person.UserId, 9_100, "USD", WasConfirmed: true, Confirmed.AddHours(2));

    private HoldEnded EndedOf(string id, bool payable) =>
        new($"holding-{id}", _eventId, _person.UserId, Seats, 9_100, "USD", HoldOutcome.Expired, payable, Confirmed.AddMinutes(-3), Confirmed);

    private async Task<JsonArray> RowsAsync() => (await _app.GetAsync($"/user/{_person.UserId}/bookings", _person.Token)).Is(200).AsArray();

    private async Task<string> StateAsync(string id) =>
        (await RowsAsync()).Single(row => row!["booking_id"]!.GetValue<string>() == $"booking-{id}")!["state"]!.GetValue<string>();
}
