using Evently.Booking.Bookings;
using Evently.Booking.Sagas;
using Evently.Shared.Http;
using Evently.Shared.Ids;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Evently.Booking.Tests.Bookings;

/// <summary>A confirm's answer describes the booking as it is when it is answered.</summary>
public sealed class ConfirmAnswerTests
{
    private static readonly DateTimeOffset Now = new(2030, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_decline_is_told_while_the_hold_lasts() =>
        Assert.Equal("payment_declined", Problem(Declined("Held"), Now).Code);

    [Theory]
    [InlineData("Held")]
    [InlineData("Expired")]
    public void After_the_end_of_the_hold_a_decline_is_an_expired_hold(string state) =>
        Assert.Equal((410, "hold_expired"), (Problem(Declined(state), Now.AddMinutes(5)).Status, Problem(Declined(state), Now.AddMinutes(5)).Code));

    [Theory]
    [InlineData("Cancelled", false, "Nothing was charged.")]
    [InlineData("Expired", false, "Nothing was charged.")]
    [InlineData("Refunding", true, "The payment is being given back in full.")]
    [InlineData("Failed", true, "The payment is being given back in full.")]
    public void A_hold_that_its_event_ended_says_so_and_what_becomes_of_the_money(string state, bool refund, string money)
    {
        var saga = Declined(state);
        saga.EventWithdrawn = true;
        if (refund)
            saga.RequestRefund(Now);

        var problem = Problem(saga, Now);
        Assert.Equal((409, "event_cancelled"), (problem.Status, problem.Code));
        Assert.EndsWith(money, problem.Detail, StringComparison.Ordinal);
        Assert.Equal("cancelled", saga.HoldingState);
    }

    private static ProblemResult Problem(BookingSaga saga, DateTimeOffset now) => Assert.IsType<ProblemResult>(ConfirmHold.AnswerOf(saga, 1, now).Result);

    private static BookingSaga Declined(string state)
    {
        var holding = new IdGenerator(TimeProvider.System).Next();
        var saga = new BookingSaga
        {
            CorrelationId = holding.ToGuid(),
            State = state,
            EventId = "event-1",
            EventName = "A night",
            UserId = "ann",
            PlacedBy = "ann",
            Seats = [new SagaSeat("A-1", "regular", 4_550)],
            Total = 4_550,
            Currency = "EUR",
            HeldAt = Now,
            ExpiresAt = Now.AddMinutes(1),
        };
        saga.BeginAttempt("card", "ann", Now);
        saga.NoteDeclined(1, "no", Now);
        saga.ReturnToHold();
        return saga;
    }
}
