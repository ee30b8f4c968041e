using System.Diagnostics;
using System.Globalization;
using Evently.Booking.Bookings;
using Evently.Booking.Catalog;
using Evently.Booking.Holds;
using Evently.Booking.Ledger;
using Evently.Booking.Sagas;
using Evently.Booking.Support;
using Evently.Booking.Tests.Ledger;
using Evently.Booking.Tests.Sagas;
using Evently.Events.Contracts;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using Evently.Venues.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Booking.Tests.Support;

/// <summary>One document that can't be read takes down nothing but itself.</summary>
public sealed class UnreadableBookingTests
{
    /// <summary>20,000 with <c>EVENTLY_BOOKINGS=20000</c>; prints what a booking costs.</summary>
    private static readonly int Bookings = int.Parse(Environment.GetEnvironmentVariable("EVENTLY_BOOKINGS") ?? "60", CultureInfo.InvariantCulture);

    [Fact]
    public async Task An_event_is_cancelled_past_bookings_that_can_t_be_read_and_support_is_shown_them()
    {
        await using var world = new SagaWorld();
        var on = await OpenAsync(world);
        var bookings = new List<Guid>();
        foreach (var seat in on.Plan.Seats.Take(Bookings))
        {
            var result = await world.Get<SeatHolder>().HoldAsync(on, [seat], "user-" + seat.Ordinal, "ann", BookingWorld.Stop);
            var saga = Assert.IsType<HoldResult.Placed>(result).Saga;
            await world.ConfirmAsync(saga.CorrelationId);
            bookings.Add(saga.CorrelationId);
            await world.SettleAsync();
        }

        Guid[] damaged = [bookings[1], bookings[^2]];
        foreach (var booking in damaged)
            await DamageAsync(world, booking);
        world.Booking.Table.Forget();
        var started = Stopwatch.GetTimestamp();
        await CancelAsync(world, on);
        await world.SettleAsync();
        var elapsed = Stopwatch.GetElapsedTime(started);

        foreach (var booking in bookings.Except(damaged))
            Assert.Equal("Refunded", await world.StateAsync(booking));
        Assert.Equal(Bookings - damaged.Length, world.Gateway.Refunds.Select(refund => refund.IdempotencyKey).Distinct().Count());
        Assert.Equal(Bookings - damaged.Length, world.Gateway.Refunds.Count);
        Assert.Equal(damaged.Select(BookingIdOf).Order(), (await UnreadableAsync(world, on)).Order());
        var audit = await world.Get<LedgerAuditor>().AuditAsync(on, BookingWorld.Stop);
        Assert.Equal(damaged.Length, audit.Discrepancies.Count(discrepancy => discrepancy.Kind == "unreadable"));
        Assert.Equal(damaged.Length, world.Get<UnreadableItems>().Keys.Count);
        var writes = world.Booking.Table.Calls.Count(call => call.StartsWith("write", StringComparison.Ordinal) || call.StartsWith("transact", StringComparison.Ordinal));
        TestContext.Current.SendDiagnosticMessage(
            $"{Bookings} bookings cancelled in {elapsed.TotalSeconds:N1} s, {(double)writes / Bookings:N1} writes a booking");
    }

    [Fact]
    public async Task Whoever_asks_for_just_this_booking_is_told_that_it_can_t_be_read()
    {
        await using var world = await SagaWorld.OpenAsync();
        var booking = await world.HoldAsync();
        await DamageAsync(world, booking);
        await Assert.ThrowsAsync<UnreadableItemException>(() => world.LoadAsync(booking));
        Assert.Null(Assert.Single(await world.Get<SagaTable<BookingModule, BookingSaga>>().LoadManyAsync([booking], Consistency.Strong, BookingWorld.Stop)));
    }

    private static async Task<OnSaleEvent> OpenAsync(SagaWorld world)
    {
        const int rowSeats = 40;
        SeatRun[] runs = [.. Enumerable.Range(0, (Bookings + rowSeats - 1) / rowSeats).Select(row => new SeatRun("", $"R{row}", 1, rowSeats, "regular"))];
        return await world.Booking.OpenAsync(runs: runs);
    }

    private static async Task DamageAsync(SagaWorld world, Guid booking) => Assert.True((await world.Get<ModuleTable<BookingModule>>().WriteAsync(
        Write.Update(Keys.Saga(Ulid.FromGuid(booking)), [Change.Remove("packed"), Change.Set("doc", "{\"State\":")], Condition.ItemExists), BookingWorld.Stop)).Applied);

    private static async Task CancelAsync(SagaWorld world, OnSaleEvent on)
    {
        var cancelled = new EventCancelled(on.EventId, world.Now, "olga");
        await new CatalogConsumer(world.Get<ModuleTable<BookingModule>>(), world.Get<EventCatalog>()).ApplyAsync(cancelled, BookingWorld.Stop);
        var consumer = ActivatorUtilities.CreateInstance<CancelBookingsOfEvent>(world.Booking.Services);
        await world.RunAsync(consumer.CancelAllAsync(cancelled, BookingWorld.Stop));
    }

    private static async Task<IReadOnlyList<string>> UnreadableAsync(SagaWorld world, OnSaleEvent on)
    {
        var found = new List<string>();
        string? after = null;
        do
        {
            var (page, next) = await world.Get<SupportFinder>().ListOfEventAsync(on.EventId, 100, after, BookingWorld.Stop);
            found.AddRange(page.Where(read => read.Unreadable is not null).Select(read => BookingIdOf(read.CorrelationId)));
            after = next;
        }
        while (after is not null);
        return found;
    }

    private static string BookingIdOf(Guid booking) => PrefixedId.Format(BookingSaga.BookingPrefix, Ulid.FromGuid(booking));
}
