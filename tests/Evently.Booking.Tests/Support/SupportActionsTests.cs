using Evently.Booking.Holds;
using Evently.Booking.Sagas;
using Evently.Booking.Support;
using Evently.Booking.Tests.Ledger;
using Evently.Booking.Tests.Sagas;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;

namespace Evently.Booking.Tests.Support;

public sealed class SupportActionsTests
{
    [Theory]
    [InlineData("Held", "release")]
    [InlineData("Charging", "retry release")]
    [InlineData("Settling", "retry")]
    [InlineData("Confirmed", "refund")]
    [InlineData("Cancelling", "retry refund")]
    [InlineData("Refunding", "retry refund")]
    [InlineData("Expired", "release")]
    [InlineData("Cancelled", "release")]
    [InlineData("Refunded", "release")]
    [InlineData("Failed", "release")]
    public void Each_state_has_its_actions(string state, string actions)
    {
        var saga = new BookingSaga
        {
            State = state,
            EventId = "event-1",
            EventName = "A night",
            UserId = "ann",
            PlacedBy = "ann",
            Seats = [],
            Total = 0,
            Currency = "EUR",
            HeldAt = default,
            ExpiresAt = default,
        };
        Assert.Equal(actions.Split(' '), SupportActions.Applicable(saga));
    }

    [Fact]
    public async Task An_event_lists_what_is_held_and_what_came_to_a_payment_page_by_page()
    {
        await using var world = await SagaWorld.OpenAsync();
        var bookings = new HashSet<Guid>();
        foreach (var position in (string[])["A-1", "A-2", "A-3", "A-4", "A-5"])
        {
            var booking = await world.HoldAsync($"user-{position}", position);
            bookings.Add(booking);
            if (position != "A-3")
                await world.ConfirmAsync(booking);
        }

        await world.SettleAsync();
        var finder = world.Get<SupportFinder>();
        var listed = await AllAsync(after => finder.ListOfEventAsync(world.On.EventId, limit: 2, after, BookingWorld.Stop), atMost: 2);
        Assert.Equal(bookings.OrderDescending(), listed);
    }

    [Fact]
    public async Task A_user_lists_newest_first_and_the_overdue_are_those_that_should_have_been_woken()
    {
        await using var world = await SagaWorld.OpenAsync();
        var first = await world.HoldAsync("ann", "A-1");
        world.Time.Advance(TimeSpan.FromSeconds(20));
        var second = await world.HoldAsync("ann", "A-2");
        await world.HoldAsync("bob", "A-3");
        var finder = world.Get<SupportFinder>();

        Assert.Equal([second, first], await AllAsync(after => finder.ListOfUserAsync("ann", 1, after, BookingWorld.Stop), atMost: 1));

        Assert.Empty((await WaitingAsync(overdueOnly: true)).Sagas);
        Assert.Equal(3, (await WaitingAsync(overdueOnly: false)).Sagas.Count);
        world.Time.Advance(TimeSpan.FromSeconds(55));
        Assert.Equal(first, Assert.Single((await WaitingAsync(overdueOnly: true)).Sagas).CorrelationId);

        async Task<SupportPage> WaitingAsync(bool overdueOnly) => await finder.ListWaitingAsync(overdueOnly, 10, after: null, BookingWorld.Stop);
    }

    /// <summary>A sale with thousands of live holds, and among them a few refunds that hang.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_overdue_instance_is_listed_however_many_wait_and_from_the_index_longest_overdue_first(bool isMetered)
    {
        await using var world = await SagaWorld.OpenAsync(isMetered: isMetered);
        var waiting = new List<BookingSaga>();
        for (var i = 0; i < 2_400; i++)
            waiting.Add(await InsertAsync(world, "ann", world.Booking.Now.AddSeconds((i * 7919 % 2_400) - (i < 60 ? 5_000 : 0))));

        var finder = world.Get<SupportFinder>();
        var overdue = await AllAsync(after => finder.ListWaitingAsync(overdueOnly: true, 25, after, BookingWorld.Stop), atMost: 25);
        Assert.Equal(Sorted(waiting.Where(saga => saga.DueAt < world.Booking.Now - SagaWords.Grace)), Listed(overdue));
        Assert.Equal(60, overdue.Count);

        var all = await AllAsync(after => finder.ListWaitingAsync(overdueOnly: false, 200, after, BookingWorld.Stop), atMost: 200);
        Assert.Equal(Sorted(waiting), Listed(all));

        // Watched ones come in no order.
        IEnumerable<Guid> Sorted(IEnumerable<BookingSaga> sagas) => isMetered
            ? sagas.Select(saga => saga.CorrelationId).Order()
            : sagas.OrderBy(saga => saga.DueAt).ThenBy(saga => saga.CorrelationId.ToString("N"), StringComparer.Ordinal).Select(saga => saga.CorrelationId);
        IEnumerable<Guid> Listed(IEnumerable<Guid> ids) => isMetered ? ids.Order() : ids;
    }

    [Fact]
    public async Task A_user_of_many_events_finds_every_booking_newest_first_years_later()
    {
        await using var world = await SagaWorld.OpenAsync();
        var bookings = new List<Guid>();
        for (var i = 0; i < 230; i++)
        {
            world.Time.Advance(TimeSpan.FromMinutes(1));
            var saga = await InsertAsync(world, "ann", dueAt: null, eventId: world.Booking.Ids.Next("event"));
            await world.Get<ModuleTable<BookingModule>>().WriteAsync(i % 2 == 0 ? ListedByOlder(saga) : Listed(saga), BookingWorld.Stop);
            bookings.Add(saga.CorrelationId);
        }

        static Write Listed(BookingSaga saga) => UserHoldings.Read(null).Append(new HoldingReference(saga.Holding, 0, 1))
            .Save(Keys.UserHoldings("ann", saga.Holding), saga.HeldAt.AddDays(3_650));

        static Write ListedByOlder(BookingSaga saga) => Write.Put(
            Keys.EventListEntry(saga.EventId, saga.Holding),
            new Dictionary<string, Value> { [WellKnown.IndexPartition] = "BOOKING#USERLIST#ann", [WellKnown.IndexSort] = saga.Holding.ToString() },
            Condition.Always);

        // The books are kept as long as the bookings, and these have no end; the list of a person's holdings of an event is kept nearly as long.
        var entered = (Write.PutWrite)world.Get<HoldCap>().Enter("ann", world.On, UserHoldings.Read(null), new HoldingReference(world.Booking.Ids.Next(), 0, 1));
        Assert.True(entered.Attributes[WellKnown.TimeToLive].Number > world.Time.GetUtcNow().AddDays(3_600).ToUnixTimeSeconds());
        world.Time.Advance(TimeSpan.FromDays(2_000));
        var finder = world.Get<SupportFinder>();
        Assert.Equal(Enumerable.Reverse(bookings), await AllAsync(after => finder.ListOfUserAsync("ann", 20, after, BookingWorld.Stop), atMost: 20));
    }

    private static async Task<BookingSaga> InsertAsync(SagaWorld world, string userId, DateTimeOffset? dueAt, string? eventId = null)
    {
        var holding = world.Booking.Ids.Next();
        var saga = new BookingSaga
        {
            CorrelationId = holding.ToGuid(),
            State = dueAt is null ? nameof(BookingStateMachine.Confirmed) : nameof(BookingStateMachine.Held),
            EventId = eventId ?? world.On.EventId,
            EventName = "A night",
            UserId = userId,
            PlacedBy = userId,
            Seats = [new SagaSeat("A-1", "regular", 4_550)],
            Total = 4_550,
            Currency = "EUR",
            HeldAt = holding.Time,
            ExpiresAt = dueAt ?? holding.Time,
            DueAt = dueAt,
            Since = holding.Time,
        };
        Assert.True(await world.Get<SagaTable<BookingModule, BookingSaga>>().InsertAsync(saga, BookingWorld.Stop));
        return saga;
    }

    private static async Task<List<Guid>> AllAsync(Func<string?, ValueTask<SupportPage>> read, int atMost)
    {
        var listed = new List<Guid>();
        string? after = null;
        do
        {
            var page = await read(after);
            Assert.InRange(page.Sagas.Count, 0, atMost);
            listed.AddRange(page.Sagas.Select(found => found.CorrelationId));
            after = page.Next;
        }
        while (after is not null);
        return listed;
    }
}
