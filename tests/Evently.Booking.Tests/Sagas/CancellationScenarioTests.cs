using Evently.Booking.Bookings;
using Evently.Booking.Catalog;
using Evently.Booking.Contracts;
using Evently.Booking.Payments;
using Evently.Booking.Sagas;
using Evently.Booking.Tests.Ledger;
using Evently.Events.Contracts;
using Evently.Shared.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Booking.Tests.Sagas;

public abstract class CancellationScenarioTests(bool isMetered) : IAsyncLifetime
{
    public sealed class WhereWritesArePaid() : CancellationScenarioTests(isMetered: true);

    public sealed class WhereTheyAreNot() : CancellationScenarioTests(isMetered: false);

    private static readonly Caller Ann = new("ann", new HashSet<string> { Roles.Customer });
    private SagaWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await SagaWorld.OpenAsync(isMetered: isMetered);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task A_cancelled_booking_frees_its_seats_and_is_refunded_once()
    {
        var booking = await BuyAsync();
        var result = await CancelAsync(booking);

        var cancelled = Assert.IsType<Ok<CancelledBookingResponse>>(result.Result).Value!;
        Assert.Equal(["A-1", "A-2"], cancelled.SeatsFreed);
        Assert.Equal((91.00m, "pending"), (cancelled.Refund!.Amount, cancelled.Refund.State));
        Assert.True(await _world.IsFreeAsync("A-1"));
        await _world.SettleAsync();
        Assert.Equal("Refunded", await _world.StateAsync(booking));
        Assert.Single(_world.Gateway.Refunds);
        Assert.Single(_world.Told.Of<BookingCancelled>());
        Assert.True(Assert.Single(_world.Told.Of<RefundCompleted>()).WasConfirmed);
    }

    [Fact]
    public async Task Of_cancellations_at_once_one_is_told_that_it_did_it()
    {
        var booking = await BuyAsync();
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => CancelAsync(booking)));
        await _world.SettleAsync();

        Assert.Single(results, result => result.Result is Ok<CancelledBookingResponse>);
        Assert.All(results.Select(result => result.Result).OfType<ProblemResult>(), problem => Assert.Equal("booking_already_cancelled", problem.Code));
        Assert.Single(_world.Gateway.Refunds);
    }

    [Fact]
    public async Task A_refund_that_fails_is_tried_again_ever_less_often_until_it_works()
    {
        var booking = await BuyAsync();
        _world.Gateway.OnRefund = () => GatewayOutcome.Failed;
        await CancelAsync(booking);
        await _world.SettleAsync();
        await _world.PassAsync(TimeSpan.FromMinutes(10));
        var saga = await _world.LoadAsync(booking);
        Assert.Equal("Cancelling", saga.State);
        Assert.InRange(_world.Gateway.Refunds.Count, PaymentTiming.StuckRefundFailures, 12);

        _world.Gateway.OnRefund = () => GatewayOutcome.Captured;
        await _world.SendAsync(new RetryRequested(booking, "sam"));
        await _world.SettleAsync();
        saga = await _world.LoadAsync(booking);
        Assert.Equal("Refunded", saga.State);
        Assert.Contains(saga.Timeline, entry => entry is { Cause: nameof(RetryRequested), By: "sam" });
        Assert.Single(_world.Gateway.Refunds.Select(refund => refund.IdempotencyKey).Distinct());
        Assert.Single(_world.Told.Of<RefundCompleted>());
    }

    [Fact]
    public async Task Somebody_elses_booking_does_not_exist()
    {
        var booking = await BuyAsync();
        var bob = new Caller("bob", new HashSet<string> { Roles.Customer, Roles.Organizer });
        var saga = await _world.LoadAsync(booking);
        var finder = _world.Get<BookingFinder>();

        Assert.Null(await finder.FindBookingAsync(saga.BookingId, bob, BookingWorld.Stop));
        Assert.Null(await finder.FindHoldingAsync(saga.HoldingId, bob, BookingWorld.Stop));
        Assert.NotNull(await finder.FindBookingAsync(saga.BookingId, Ann, BookingWorld.Stop));
        Assert.NotNull(await finder.FindBookingAsync(saga.BookingId, new Caller("sam", new HashSet<string> { Roles.Support }), BookingWorld.Stop));
        Assert.Null(await finder.FindBookingAsync(saga.HoldingId, Ann, BookingWorld.Stop));
        var held = await _world.LoadAsync(await _world.HoldAsync("ann", "B-1"));
        Assert.Null(await finder.FindBookingAsync(held.BookingId, Ann, BookingWorld.Stop));
    }

    [Fact]
    public async Task A_cancelled_event_cancels_what_is_held_and_refunds_what_was_paid()
    {
        var paid = await BuyAsync();
        var held = await _world.HoldAsync("bob", "B-1");
        _world.Gateway.OnCharge = _ => GatewayOutcome.Unknown;
        var charging = await _world.HoldAsync("eve", "C-1");
        await _world.ConfirmAsync(charging);
        await _world.SettleAsync();

        await CancelEventAsync();
        await _world.SettleAsync();
        Assert.Equal(("Refunded", "Cancelled", "Charging"), (await _world.StateAsync(paid), await _world.StateAsync(held), await _world.StateAsync(charging)));
        Assert.Equal(HoldOutcome.Cancelled, Assert.Single(_world.Told.Of<HoldEnded>()).Outcome);

        _world.Gateway.Settle(_world.Gateway.Charges[^1].IdempotencyKey);
        await _world.PassAsync(TimeSpan.FromSeconds(31));
        Assert.Equal("Failed", await _world.StateAsync(charging));
        Assert.Equal(2, _world.Gateway.Refunds.Count);
        foreach (var position in (string[])["A-1", "A-2", "B-1", "C-1"])
            Assert.True(await _world.IsFreeAsync(position), position);
        Assert.Equal(0, await PassAsync());
    }

    [Fact]
    public async Task A_hold_that_arrives_while_the_event_is_being_cancelled_is_cancelled_too()
    {
        await StopSalesAsync();
        var consume = ConsumeAsync();

        // An instance that had not heard yet let it in after the first pass.
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, BookingWorld.Stop);
        Assert.False(consume.IsCompleted);
        var late = await InsertBehindTheCatalogAsync("D-1");
        await _world.RunAsync(consume);

        await _world.SettleAsync();
        Assert.Equal("Cancelled", await _world.StateAsync(late));
        Assert.True(await _world.IsFreeAsync("D-1"));
    }

    [Fact]
    public async Task Support_releases_the_seats_of_an_unresolved_payment_and_the_money_is_settled_afterwards()
    {
        _world.Gateway.OnCharge = _ => GatewayOutcome.Unknown;
        var booking = await _world.HoldAsync();
        await _world.ConfirmAsync(booking);
        await _world.SettleAsync();
        await _world.SendAsync(new ReleaseRequested(booking, "sam"));
        Assert.Equal("Settling", await _world.StateAsync(booking));
        await _world.TakeForSomebodyElseAsync("A-1");

        _world.Gateway.Settle(_world.Gateway.Charges[0].IdempotencyKey);
        await _world.PassAsync(TimeSpan.FromSeconds(31));
        Assert.Equal("Failed", await _world.StateAsync(booking));
        Assert.Single(_world.Gateway.Refunds);
    }

    private async Task<Guid> BuyAsync()
    {
        var booking = await _world.HoldAsync();
        await _world.ConfirmAsync(booking);
        await _world.SettleAsync();
        Assert.Equal("Confirmed", await _world.StateAsync(booking));
        return booking;
    }

    private async Task<Results<Ok<CancelledBookingResponse>, ProblemResult>> CancelAsync(Guid booking) =>
        await _world.Get<BookingCanceller>().CancelAsync((await _world.LoadAsync(booking)).BookingId, Ann, BookingWorld.Stop);

    private async Task StopSalesAsync()
    {
        var catalog = new CatalogConsumer(_world.Get<Evently.Shared.Storage.ModuleTable<BookingModule>>(), _world.Get<EventCatalog>());
        await catalog.ApplyAsync(new EventCancelled(_world.On.EventId, _world.Now, "olga"), BookingWorld.Stop);
    }

    private async Task CancelEventAsync()
    {
        await StopSalesAsync();
        await _world.RunAsync(ConsumeAsync());
    }

    private Task ConsumeAsync() => Consumer().CancelAllAsync(new EventCancelled(_world.On.EventId, _world.Now, "olga"), BookingWorld.Stop);

    private async Task<int> PassAsync() =>
        (await Consumer().PassAsync((await _world.Get<EventCatalog>().FindAsync(_world.On.EventId, BookingWorld.Stop))!, "olga", BookingWorld.Stop)).Cancelled;

    private CancelBookingsOfEvent Consumer() => ActivatorUtilities.CreateInstance<CancelBookingsOfEvent>(_world.Booking.Services);

    private async Task<Guid> InsertBehindTheCatalogAsync(string position)
    {
        var holding = _world.Booking.Ids.Next();
        Assert.True(await _world.Booking.TakeAsync(_world.On, holding, position));
        var saga = new BookingSaga
        {
            CorrelationId = holding.ToGuid(),
            EventId = _world.On.EventId,
            EventName = _world.On.Name,
            UserId = "zoe",
            PlacedBy = "zoe",
            Seats = [new SagaSeat(position, "regular", 4_550)],
            Total = 4_550,
            Currency = _world.On.Currency,
            HeldAt = _world.Now,
            ExpiresAt = _world.Now.AddMinutes(1),
            DueAt = _world.Now.AddMinutes(1),
        };
        Assert.True(await _world.Get<Evently.Shared.Messaging.SagaTable<BookingModule, BookingSaga>>().InsertAsync(saga, BookingWorld.Stop));
        return saga.CorrelationId;
    }
}
