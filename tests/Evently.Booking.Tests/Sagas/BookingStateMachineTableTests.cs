using Evently.Booking.Sagas;
using MassTransit;

namespace Evently.Booking.Tests.Sagas;

/// <summary>Every state meets every message: what each cell leads to is written down here, and no cell is left to chance.</summary>
public sealed class BookingStateMachineTableTests
{
    private const string Stays = "";

    private static readonly string[] States =
    [
        "Held", "Charging", "Settling", "Confirmed", "Cancelling", "Refunding", "Expired", "Cancelled", "Refunded", "Failed",
    ];

    /// <summary>The next state, beside <see cref="States"/>.</summary>
    private static readonly Dictionary<string, string[]> Next = new()
    {
        ["ConfirmRequested"] = ["Charging", Stays, Stays, Stays, Stays, Stays, Stays, Stays, Stays, Stays],
        ["PaymentCaptured"] = ["Confirmed", "Confirmed", "Confirmed", Stays, Stays, Stays, "Refunding", "Refunding", Stays, Stays],
        ["PaymentDeclined"] = [Stays, "Held", "Expired", Stays, Stays, Stays, Stays, Stays, Stays, Stays],
        ["PaymentUnresolved"] = [Stays, Stays, Stays, Stays, Stays, Stays, Stays, Stays, Stays, Stays],
        ["HoldCancelRequested"] = ["Cancelled", Stays, Stays, Stays, Stays, Stays, Stays, Stays, Stays, Stays],
        ["BookingCancelRequested"] = [Stays, Stays, Stays, "Cancelling", Stays, Stays, Stays, Stays, Stays, Stays],
        ["CancelForEvent"] = ["Cancelled", Stays, Stays, "Cancelling", Stays, Stays, Stays, Stays, Stays, Stays],
        ["CancelForErasure"] = ["Cancelled", Stays, Stays, "Cancelling", Stays, Stays, Stays, Stays, Stays, Stays],
        ["BookingDue"] = ["Expired", Stays, Stays, Stays, Stays, Stays, Stays, Stays, Stays, Stays],
        ["RefundSucceeded"] = [Stays, Stays, Stays, Stays, "Refunded", "Failed", Stays, Stays, Stays, Stays],
        ["RefundFailed"] = [Stays, Stays, Stays, Stays, Stays, Stays, Stays, Stays, Stays, Stays],
        ["RetryRequested"] = [Stays, Stays, Stays, Stays, Stays, Stays, Stays, Stays, Stays, Stays],
        ["ReleaseRequested"] = ["Cancelled", "Settling", Stays, Stays, Stays, Stays, Stays, Stays, Stays, Stays],
        ["SeatsReleased"] = [Stays, Stays, Stays, Stays, Stays, Stays, Stays, Stays, Stays, Stays],
    };

    public static IEnumerable<TheoryDataRow<string, string>> Cells =>
        from message in Next.Keys from state in States select new TheoryDataRow<string, string>(state, message);

    [Fact]
    public async Task The_table_names_every_state_and_every_message_of_the_machine()
    {
        await using var world = new SagaWorld();
        var machine = world.Get<BookingStateMachine>();
        Assert.Equal(States.Order(), machine.States.Select(state => state.Name).Except(["Initial", "Final"]).Order());
        Assert.Equal(Next.Keys.Order(), machine.Events.Where(@event => @event.GetType().IsGenericType).Select(@event => @event.Name).Order());
    }

    [Fact]
    public async Task The_machine_has_a_word_on_every_cell()
    {
        await using var world = new SagaWorld();
        var machine = world.Get<BookingStateMachine>();
        foreach (var state in machine.States.Where(state => States.Contains(state.Name)))
            Assert.Empty(Next.Keys.Except(((StateMachine)machine).NextEvents(state).Select(@event => @event.Name)));
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task A_message_leads_to(string state, string message)
    {
        await using var world = await SagaWorld.OpenAsync();
        var booking = await InStateAsync(world, state);
        if (message == "BookingDue" && (await world.LoadAsync(booking)).DueAt is { } dueAt && dueAt > world.Now)
            world.Time.Advance(dueAt - world.Now);

        await world.SendAsync(MessageOf(message, booking));

        var next = Next[message][Array.IndexOf(States, state)];
        Assert.Equal(next == Stays ? state : next, await world.StateAsync(booking));
    }

    [Theory]
    [InlineData("Held")]
    [InlineData("Charging")]
    [InlineData("Settling")]
    [InlineData("Cancelling")]
    [InlineData("Refunding")]
    public async Task A_state_that_waits_has_a_due_time_and_every_other_has_none(string state)
    {
        await using var world = await SagaWorld.OpenAsync();
        Assert.NotNull((await world.LoadAsync(await InStateAsync(world, state))).DueAt);
        foreach (var settled in (string[])["Confirmed", "Expired", "Cancelled", "Refunded", "Failed"])
        {
            await using var other = await SagaWorld.OpenAsync();
            var booking = await InStateAsync(other, settled);
            await other.SettleAsync();
            Assert.Null((await other.LoadAsync(booking)).DueAt);
        }
    }

    /// <summary>By the way that a booking really takes; the gateway is never reached.</summary>
    private static async Task<Guid> InStateAsync(SagaWorld world, string state)
    {
        var booking = await world.HoldAsync();
        await world.ConfirmAsync(booking);
        foreach (var step in PathTo(state, booking))
        {
            if (step is BookingDue)
                world.Time.Advance((await world.LoadAsync(booking)).SeatsUntil - world.Now);
            await world.SendAsync(step);
        }

        Assert.Equal(state, await world.StateAsync(booking));
        return booking;
    }

    private static IBookingMessage[] PathTo(string state, Guid id) => state switch
    {
        "Held" => [new PaymentDeclined(id, 1, null)],
        "Charging" => [],
        "Settling" => [new BookingDue(id, default)],
        "Confirmed" => [new PaymentCaptured(id, 1)],
        "Cancelling" => [new PaymentCaptured(id, 1), new BookingCancelRequested(id, "ann", "1")],
        "Refunding" => [new CancelForEvent(id, "olga"), new PaymentCaptured(id, 1)],
        "Expired" => [new PaymentDeclined(id, 1, null), new BookingDue(id, default)],
        "Cancelled" => [new PaymentDeclined(id, 1, null), new HoldCancelRequested(id, "ann")],
        "Refunded" => [new PaymentCaptured(id, 1), new BookingCancelRequested(id, "ann", "1"), new RefundSucceeded(id)],
        "Failed" => [new CancelForEvent(id, "olga"), new PaymentCaptured(id, 1), new RefundSucceeded(id)],
        _ => throw new ArgumentException(state),
    };

    private static IBookingMessage MessageOf(string message, Guid id) => message switch
    {
        "ConfirmRequested" => new ConfirmRequested(id, "card", "ann"),
        "PaymentCaptured" => new PaymentCaptured(id, 1),
        "PaymentDeclined" => new PaymentDeclined(id, 1, "no"),
        "PaymentUnresolved" => new PaymentUnresolved(id, 1, Unresolved.NotFound, null),
        "HoldCancelRequested" => new HoldCancelRequested(id, "ann"),
        "BookingCancelRequested" => new BookingCancelRequested(id, "ann", "2"),
        "CancelForEvent" => new CancelForEvent(id, "olga"),
        "CancelForErasure" => new CancelForErasure(id, "ann"),
        "BookingDue" => new BookingDue(id, default),
        "RefundSucceeded" => new RefundSucceeded(id),
        "RefundFailed" => new RefundFailed(id, "no"),
        "RetryRequested" => new RetryRequested(id, "sam"),
        "ReleaseRequested" => new ReleaseRequested(id, "sam"),
        "SeatsReleased" => new SeatsReleased(id),
        _ => throw new ArgumentException(message),
    };
}
