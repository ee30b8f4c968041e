using Evently.Booking.Catalog;
using Evently.Booking.Tests.Ledger;
using Evently.Events.Contracts;
using Evently.Shared.Storage;
using Evently.Venues.Contracts;

namespace Evently.Booking.Tests.Catalog;

public sealed class EventCatalogTests : IAsyncDisposable
{
    private static readonly SeatRun[] First = [new("", "A", 1, 3, "regular")];
    private static readonly SeatRun[] Second = [new("", "B", 1, 2, "vip")];
    private readonly BookingWorld _world = new();

    private EventCatalog Catalog => _world.Get<EventCatalog>();

    private CatalogConsumer Consumer => new(_world.Get<ModuleTable<BookingModule>>(), Catalog);

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task An_event_is_on_sale_when_it_and_every_part_of_its_plan_have_arrived_in_whatever_order()
    {
        var created = Created();
        await Consumer.ApplyAsync(Part(created, 1, Second), BookingWorld.Stop);
        Assert.Null(await FindOldAsync(created.EventId));
        await Consumer.ApplyAsync(created, BookingWorld.Stop);
        Assert.Null(await FindOldAsync(created.EventId));
        await Consumer.ApplyAsync(Part(created, 1, Second), BookingWorld.Stop);
        Assert.Null(await FindOldAsync(created.EventId));
        await Consumer.ApplyAsync(Part(created, 0, First), BookingWorld.Stop);
        var on = await FindOldAsync(created.EventId);
        Assert.NotNull(on);
        Assert.Equal(["A-1", "A-2", "A-3", "B-1", "B-2"], on.Plan.Seats.Select(seat => seat.Position));
        Assert.Equal(4_550, on.Prices["vip"]);
    }

    [Fact]
    public async Task A_new_event_is_waited_for_until_it_has_arrived()
    {
        var created = Created();
        var finding = Catalog.FindAsync(created.EventId, BookingWorld.Stop).AsTask();
        Assert.False(finding.IsCompleted);
        await _world.DeliverAsync(created, [.. First, .. Second]);
        for (var step = 0; step < 200 && !finding.IsCompleted; step++)
        {
            _world.Time.Advance(TimeSpan.FromMilliseconds(5));
            await Task.Yield();
        }

        Assert.Equal(created.EventId, (await finding)?.EventId);
    }

    [Theory]
    [InlineData("event-01K0000000000000000000000A")]
    [InlineData("event-x")]
    [InlineData("venue-01K0000000000000000000000A")]
    [InlineData("")]
    public async Task An_id_of_no_event_is_answered_at_once(string eventId) => Assert.Null(await Catalog.FindAsync(eventId, BookingWorld.Stop));

    [Fact]
    public async Task What_this_instance_was_told_counts_at_once()
    {
        var on = await _world.OpenAsync();
        var opensAt = _world.Now.AddHours(1);
        await Consumer.ApplyAsync(new EventChanged(on.EventId, 2, "Another night", _world.Now, 90, [], [], opensAt), BookingWorld.Stop);
        var changed = await Catalog.FindAsync(on.EventId, BookingWorld.Stop);
        Assert.Equal(("Another night", opensAt, false), (changed!.Name, changed.SalesOpenAt, changed.IsCancelled));
        await Consumer.ApplyAsync(new EventCancelled(on.EventId, _world.Now, "user-1"), BookingWorld.Stop);
        Assert.True((await Catalog.FindAsync(on.EventId, BookingWorld.Stop))!.IsCancelled);
    }

    [Fact]
    public async Task What_another_instance_was_told_counts_within_a_second()
    {
        var on = await _world.OpenAsync();
        var other = new CatalogConsumer(
            _world.Get<ModuleTable<BookingModule>>(),
            new EventCatalog(
                _world.Get<ModuleTable<BookingModule>>(),
                _world.Get<Evently.Shared.Messaging.Replica>(),
                Microsoft.Extensions.Options.Options.Create(new Evently.Booking.Holds.HoldOptions()),
                _world.Time));
        await other.ApplyAsync(new EventCancelled(on.EventId, _world.Now, "user-1"), BookingWorld.Stop);
        Assert.False((await Catalog.FindAsync(on.EventId, BookingWorld.Stop))!.IsCancelled);
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.True((await Catalog.FindAsync(on.EventId, BookingWorld.Stop))!.IsCancelled);
    }

    [Fact]
    public async Task An_event_in_use_is_read_at_most_twice_a_second_and_its_plan_once()
    {
        var on = await _world.OpenAsync();
        _world.Table.Forget();
        for (var step = 0; step < 100; step++)
        {
            _world.Time.Advance(TimeSpan.FromMilliseconds(20));
            await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Catalog.FindAsync(on.EventId, BookingWorld.Stop).AsTask()));
        }

        Assert.InRange(_world.Table.Calls.Count, 2, 4);
        Assert.All(_world.Table.Calls, call => Assert.Equal("get event", call));
    }

    [Fact]
    public async Task A_crowd_reads_the_plan_of_an_event_once()
    {
        var created = Created();
        await _world.DeliverAsync(created, [.. First, .. Second]);
        _world.Table.Forget();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Catalog.FindAsync(created.EventId, BookingWorld.Stop).AsTask()));
        Assert.Equal(["get event", "query event"], _world.Table.Calls);
    }

    private EventCreated Created() => BookingWorld.Created(_world.Ids.Next("event"), [.. First, .. Second]);

    private static SeatPlanPart Part(EventCreated created, int part, SeatRun[] runs) => new(created.EventId, created.VenueId, 1, part, 2, runs);

    /// <summary>Looks for an event that is old enough not to be waited for.</summary>
    private ValueTask<OnSaleEvent?> FindOldAsync(string eventId)
    {
        _world.Time.Advance(TimeSpan.FromMinutes(2));
        return Catalog.FindAsync(eventId, BookingWorld.Stop);
    }
}
