using System.Collections.Concurrent;
using Evently.Booking.Catalog;
using Evently.Booking.Contracts;
using Evently.Booking.Holds;
using Evently.Booking.Sagas;
using Evently.Booking.Tally;
using Evently.Booking.Tests.Ledger;
using Evently.Shared.Messaging;
using Evently.Shared.Modules;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Evently.Booking.Tests.Tally;

public sealed class TallyTests : IAsyncDisposable
{
    private const int MostSteps = 100;
    private readonly BookingWorld _world = new(modules: registry => registry.Add<Listener>());

    private TallyWorker Worker => _world.Get<TallyWorker>();

    private ConcurrentQueue<SalesTallied> Heard => _world.Get<Tallies>().Heard;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_burst_of_holds_is_one_tally_of_what_is_held_and_booked()
    {
        var on = await _world.OpenAsync(rows: 2, seatsInRow: 10);
        var booked = _world.Ids.Next();
        Assert.True(await _world.TakeAsync(on, booked, "A-1"));
        Assert.True(await _world.Ledger.TryBookAsync(on, ["A-1"], booked, BookingWorld.Stop));
        Assert.True(await _world.TakeAsync(on, _world.Ids.Next(), "A-2", "B-10"));
        Assert.True(await _world.TakeAsync(on, _world.Ids.Next(), "A-3"));

        var tally = Assert.Single(await RoundAsync());
        Assert.Equal((on.EventId, 3, 1), (tally.EventId, tally.HeldSeatCount, tally.BookedSeatCount));
        Assert.Equal([0b0000_0110, 0, 0b0000_1000], tally.HeldSeats);
        Assert.Equal([new MinuteCount(BookingWorld.Start, 2)], tally.ActiveHolds);
        Assert.Empty(tally.RefusedHolds);
        Assert.Empty(await RoundAsync());
    }

    [Fact]
    public async Task An_event_is_tallied_at_most_once_a_second()
    {
        var on = await _world.OpenAsync();
        Assert.True(await _world.TakeAsync(on, _world.Ids.Next(), "A-1"));
        Assert.Single(await RoundAsync());
        Assert.True(await _world.TakeAsync(on, _world.Ids.Next(), "A-2"));
        Assert.Empty(await RoundAsync());
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        var tally = Assert.Single(await RoundAsync());
        Assert.Equal((2, 2), (tally.HeldSeatCount, (int)tally.Sequence));
    }

    [Fact]
    public async Task A_hold_that_ends_by_itself_is_tallied_again()
    {
        var on = await _world.OpenAsync();
        Assert.True(await _world.TakeAsync(on, _world.Ids.Next(), "A-1"));
        Assert.Equal(1, Assert.Single(await RoundAsync()).HeldSeatCount);
        _world.Time.Advance(on.HoldDuration);
        var tally = Assert.Single(await RoundAsync());
        Assert.Equal(0, tally.HeldSeatCount);
        Assert.Empty(tally.ActiveHolds);
        _world.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Empty(await RoundAsync());
    }

    [Fact]
    public async Task Refusals_are_told_once_by_the_minute_in_which_they_happened()
    {
        var on = await _world.OpenAsync();
        var book = _world.Get<TallyBook>();
        book.Refuse(on.EventId, BookingWorld.Start.AddSeconds(10));
        book.Refuse(on.EventId, BookingWorld.Start.AddSeconds(59));
        book.Refuse(on.EventId, BookingWorld.Start.AddSeconds(60));
        Assert.Equal(
            [new(BookingWorld.Start, 2), new MinuteCount(BookingWorld.Start.AddMinutes(1), 1)],
            Assert.Single(await RoundAsync()).RefusedHolds.OrderBy(count => count.Minute));
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        book.Touch(on.EventId);
        Assert.Empty(Assert.Single(await RoundAsync()).RefusedHolds);
    }

    [Theory]
    [InlineData(WriteFault.Throttled)]
    [InlineData(WriteFault.LostUnknown)]
    internal async Task What_could_not_be_told_is_told_later_the_same_way(WriteFault fault)
    {
        var on = await _world.OpenAsync();
        var book = _world.Get<TallyBook>();
        book.Refuse(on.EventId, _world.Now);
        _world.Table.Fault = _ => Task.FromResult<WriteFault?>(fault);
        await Assert.ThrowsAnyAsync<Evently.Shared.Storage.TableUnavailableException>(() => Worker.RunOnceAsync(flush: false, BookingWorld.Stop));
        book.Refuse(on.EventId, _world.Now);
        _world.Table.Fault = _ => Task.FromResult<WriteFault?>(null);
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        var first = Assert.Single(await RoundAsync());
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        var second = Assert.Single(await RoundAsync());
        Assert.Equal((1, 2), ((int)first.Sequence, (int)second.Sequence));
        Assert.Equal(2, first.RefusedHolds.Concat(second.RefusedHolds).Sum(count => count.Count));
        Assert.Equal(1, Assert.Single(first.RefusedHolds).Count);
    }

    [Fact]
    public void A_clock_that_is_set_back_silences_nothing()
    {
        var book = new TallyBook();
        book.Refuse("event-1", BookingWorld.Start);
        book.Close("event-1", BookingWorld.Start);
        Assert.Empty(book.ListDue(BookingWorld.Start, flush: false));
        Assert.Equal(["event-1"], book.ListDue(BookingWorld.Start.AddHours(-1), flush: false));
    }

    [Fact]
    public async Task A_stop_tells_what_is_left_without_waiting_for_its_second()
    {
        var on = await _world.OpenAsync();
        Assert.True(await _world.TakeAsync(on, _world.Ids.Next(), "A-1"));
        Assert.Single(await RoundAsync());
        Assert.True(await _world.TakeAsync(on, _world.Ids.Next(), "A-2"));
        Assert.Equal(2, Assert.Single(await RoundAsync(flush: true)).HeldSeatCount);
    }

    [Fact]
    public async Task After_a_start_the_events_of_waiting_holds_are_counted()
    {
        var on = await _world.OpenAsync();
        var placed = await _world.Get<SeatHolder>().HoldAsync(on, BookingWorld.SeatsOf(on, "A-1"), "user-1", "user-1", BookingWorld.Stop);
        Assert.IsType<HoldResult.Placed>(placed);

        Assert.Equal([on.EventId], await DueAfterStartAsync());
    }

    [Fact]
    public async Task After_a_start_an_event_is_counted_whose_told_holds_were_booked_just_before_the_crash()
    {
        var on = await _world.OpenAsync();
        var holding = _world.Ids.Next();
        Assert.True(await _world.TakeAsync(on, holding, "A-1"));
        Assert.Equal(1, Assert.Single(await RoundAsync()).HeldSeatCount);
        Assert.True(await _world.Ledger.TryBookAsync(on, ["A-1"], holding, BookingWorld.Stop));
        Assert.Equal([on.EventId], await DueAfterStartAsync());

        _world.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, Assert.Single(await RoundAsync()).HeldSeatCount);
        Assert.Empty(await DueAfterStartAsync());
    }

    /// <summary>What a process has to tell that starts on the same table: its book is empty.</summary>
    private async Task<IReadOnlyList<string>> DueAfterStartAsync()
    {
        var book = new TallyBook();
        var worker = new TallyWorker(
            book, _world.Get<EventCatalog>(), _world.Get<Evently.Booking.Seats.SeatMaps>(), _world.Get<SagaTable<BookingModule, BookingSaga>>(),
            _world.Get<Evently.Shared.Storage.ModuleTable<BookingModule>>(), _world.Get<IServiceScopeFactory>(), _world.Ids, _world.Time,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<TallyWorker>.Instance);
        await worker.SeedAsync(BookingWorld.Stop);
        return [.. book.ListDue(_world.Now, flush: false)];
    }

    private async Task<IReadOnlyList<SalesTallied>> RoundAsync(bool flush = false)
    {
        Heard.Clear();
        await Worker.RunOnceAsync(flush, BookingWorld.Stop);
        Assert.True(await new MessagingSteps(_world.Services).RunUntilIdleAsync(MostSteps, BookingWorld.Stop));
        return [.. Heard];
    }

    private sealed class Tallies
    {
        public ConcurrentQueue<SalesTallied> Heard { get; } = new();
    }

    private sealed class Listener : IModule
    {
        public static string Name => "Listener";

        public static string KeyPrefix => "LISTENER#";

        public IReadOnlyList<Type> Endpoints => [];

        public void AddServices(IServiceCollection services, IConfiguration configuration) => services.AddSingleton<Tallies>();

        public void AddMessaging(ModuleBusConfigurator bus) => bus.Consumer<Listen>();
    }

    private sealed class Listen(Tallies tallies) : IConsumer<SalesTallied>
    {
        public Task Consume(ConsumeContext<SalesTallied> context)
        {
            tallies.Heard.Enqueue(context.Message);
            return Task.CompletedTask;
        }
    }
}
