using Evently.Booking.Sagas;
using Evently.Booking.Support;
using Evently.Booking.Tests.Ledger;
using Evently.Booking.Tests.Sagas;

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
        var listed = new List<Guid>();
        string? after = null;
        do
        {
            var (sagas, next) = await finder.ListOfEventAsync(world.On.EventId, limit: 2, after, BookingWorld.Stop);
            Assert.InRange(sagas.Count, 0, 2);
            listed.AddRange(sagas.Select(saga => saga.CorrelationId));
            after = next;
        }
        while (after is not null);
        Assert.Equal(bookings.Order(), listed.Order());
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

        var (sagas, next) = await finder.ListOfUserAsync("ann", 1, null, BookingWorld.Stop);
        Assert.Equal(second, Assert.Single(sagas).CorrelationId);
        (sagas, next) = await finder.ListOfUserAsync("ann", 1, next, BookingWorld.Stop);
        Assert.Equal(first, Assert.Single(sagas).CorrelationId);
        Assert.Null(next);

        Assert.Empty(await finder.ListWaitingAsync(overdueOnly: true, BookingWorld.Stop));
        Assert.Equal(3, (await finder.ListWaitingAsync(overdueOnly: false, BookingWorld.Stop)).Count);
        world.Time.Advance(TimeSpan.FromSeconds(55));
        Assert.Equal(first, Assert.Single(await finder.ListWaitingAsync(overdueOnly: true, BookingWorld.Stop)).CorrelationId);
    }
}
