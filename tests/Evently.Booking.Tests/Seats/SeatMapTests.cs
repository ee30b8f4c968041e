using System.Text.Json;
using CsCheck;
using Evently.Booking.Catalog;
using Evently.Booking.Ledger;
using Evently.Booking.Seats;
using Evently.Booking.Tests.Ledger;
using Evently.Shared.Ids;
using Evently.Venues.Contracts;

namespace Evently.Booking.Tests.Seats;

public sealed class SeatMapTests : IAsyncDisposable
{
    private static readonly SeatRun[] Runs =
    [
        new("Stalls", "A", 1, 5, "regular"), new("Stalls", "A", 6, 8, "vip"), new("Circle", "A", 3, 6, "vip"), new("Stalls", "B", 1, 2, "regular"),
        new("Stalls", "B", 5, 6, "regular"),
    ];

    private readonly BookingWorld _world = new();

    private SeatMaps Maps => _world.Get<SeatMaps>();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task The_compact_map_has_a_character_a_seat_and_an_entry_a_stretch_of_one_row_and_type()
    {
        var on = await OpenAsync();
        var (held, booked) = (_world.Ids.Next(), _world.Ids.Next());
        Assert.True(await _world.TakeAsync(on, held, "Stalls/A-2", "Circle/A-6"));
        Assert.True(await _world.TakeAsync(on, booked, "Stalls/A-7", "Stalls/B-5"));
        Assert.True(await _world.Ledger.TryBookAsync(on, ["Stalls/A-7", "Stalls/B-5"], booked, BookingWorld.Stop));

        var map = await RenderAsync(on);
        Assert.Equal(on.EventId, map.GetProperty("event_id").GetString());
        Assert.Equal("EUR", map.GetProperty("currency").GetString());
        Assert.Equal("45.50", map.GetProperty("prices").GetProperty("vip").GetRawText());
        Assert.True(map.GetProperty("version").GetInt64() > 0);
        var rows = map.GetProperty("sections").EnumerateArray().SelectMany(section => section.GetProperty("rows").EnumerateArray().Select(row => string.Join(
            ' ',
            section.GetProperty("section").GetString(),
            row.GetProperty("row").GetString(),
            row.GetProperty("first").GetInt32(),
            row.GetProperty("seat_type").GetString(),
            row.GetProperty("states").GetString())));
        Assert.Equal(["Stalls A 1 regular AHAAA", "Stalls A 6 vip ABA", "Stalls B 1 regular AA", "Stalls B 5 regular BA", "Circle A 3 vip AAAH"], rows);
    }

    [Fact]
    public async Task A_write_that_arrives_while_the_map_is_read_hides_none_of_its_neighbours()
    {
        var on = await OpenAsync();
        Assert.True(await _world.TakeAsync(on, _world.Ids.Next(), "Stalls/A-1"));
        var map = new SeatMap(on);
        var mark = map.Sequence;
        var (block, item) = await FirstBlockAsync(on);
        var own = _world.Ids.Next();
        var seat = BookingWorld.SeatsOf(on, "Stalls/A-2")[0];
        map.Apply(own, [new SeatWork(seat) { Step = SeatStep.Set, Next = SeatClaim.Booked(own) }]);
        map.Observe(block, item, mark);
        Assert.False(map.ClaimOf(BookingWorld.SeatsOf(on, "Stalls/A-1")[0].Ordinal).IsFree);
        Assert.True(map.ClaimOf(seat.Ordinal).IsBooked);
    }

    [Fact]
    public async Task What_was_seen_before_the_map_began_changes_nothing_in_it()
    {
        var on = await OpenAsync();
        var feed = _world.Get<SeatFeed>();
        var before = feed.Mark(on);
        var holding = _world.Ids.Next();
        Assert.True(await _world.TakeAsync(on, holding, "Stalls/A-1"));
        var map = await Maps.GetAsync(on, BookingWorld.Stop);
        var seat = BookingWorld.SeatsOf(on, "Stalls/A-1")[0];
        SeatFeed.Observed([new SeatWork(seat)], before);
        Assert.Equal(holding, map.ClaimOf(seat.Ordinal).Holding);
    }

    private async Task<(PlanBlock Block, Shared.Storage.Item Item)> FirstBlockAsync(OnSaleEvent on)
    {
        await foreach (var found in _world.Get<LedgerReader>().ReadAllAsync(on, BookingWorld.Stop))
            return found;
        throw new InvalidOperationException("Nothing is taken.");
    }

    [Fact]
    public async Task The_map_keeps_its_tag_and_its_bytes_until_a_seat_changes()
    {
        var on = await OpenAsync();
        var first = await Maps.RenderAsync(on, BookingWorld.Stop);
        _world.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Same(first, await Maps.RenderAsync(on, BookingWorld.Stop));
        Assert.True(await _world.TakeAsync(on, _world.Ids.Next(), "Stalls/A-1"));
        var second = await Maps.RenderAsync(on, BookingWorld.Stop);
        Assert.NotEqual(first.ETag, second.ETag);
        Assert.True(VersionOf(second) > VersionOf(first));
    }

    [Fact]
    public async Task A_hold_that_ends_changes_the_map_at_that_moment()
    {
        var on = await OpenAsync();
        var empty = await Maps.RenderAsync(on, BookingWorld.Stop);
        Assert.True(await _world.TakeAsync(on, _world.Ids.Next(), "Stalls/A-1"));
        _world.Time.Advance(on.HoldDuration - TimeSpan.FromTicks(1));
        Assert.NotEqual(empty.ETag, (await Maps.RenderAsync(on, BookingWorld.Stop)).ETag);
        _world.Time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(empty.ETag, (await Maps.RenderAsync(on, BookingWorld.Stop)).ETag);
    }

    [Fact]
    public async Task The_same_seats_have_the_same_tag_in_every_instance()
    {
        var on = await OpenAsync();
        Assert.True(await _world.TakeAsync(on, _world.Ids.Next(), "Stalls/A-1"));
        var here = await Maps.RenderAsync(on, BookingWorld.Stop);
        _world.Time.Advance(TimeSpan.FromSeconds(3));
        var there = await new SeatMaps(_world.Get<LedgerReader>(), _world.Get<Microsoft.Extensions.Options.IOptions<SeatMapOptions>>(), _world.Time).RenderAsync(on, BookingWorld.Stop);
        Assert.Equal(here.ETag, there.ETag);
        Assert.StartsWith("W/\"", here.ETag, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_thousand_looks_read_the_ledger_once()
    {
        var on = await OpenAsync();
        _world.Table.Forget();
        await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => Maps.RenderAsync(on, BookingWorld.Stop).AsTask()));
        Assert.Equal(["query ledger"], _world.Table.Calls);
    }

    [Fact]
    public async Task What_another_instance_sold_shows_within_a_second()
    {
        await using var world = new BookingWorld(shared: true);
        var on = await world.OpenAsync();
        var maps = world.Get<SeatMaps>();
        Assert.True((await maps.GetAsync(on, BookingWorld.Stop)).ClaimOf(0).IsFree);
        var holding = world.Ids.Next();
        Assert.True((await world.LedgerOfAnotherInstance().TakeAsync(on, BookingWorld.SeatsOf(on, "A-1"), holding, world.Now.AddMinutes(1), BookingWorld.Stop)).Taken);
        world.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(holding, (await maps.GetAsync(on, BookingWorld.Stop)).ClaimOf(0).Holding);
        world.Table.Forget();
        for (var look = 0; look < 100; look++)
            await maps.GetAsync(on, BookingWorld.Stop);
        Assert.Empty(world.Table.Calls);
    }

    [Fact]
    public async Task A_read_that_began_before_a_write_does_not_take_the_write_back()
    {
        var on = await OpenAsync();
        var map = await Maps.GetAsync(on, BookingWorld.Stop);
        var mark = map.Sequence;
        var stale = new SeatWork[] { new(on.Plan.Seats[0]) };
        Assert.True(await _world.TakeAsync(on, _world.Ids.Next(), "Stalls/A-1"));
        map.Observe(stale, mark);
        Assert.False(map.ClaimOf(0).IsFree);
        map.Observe(stale, map.Sequence);
        Assert.True(map.ClaimOf(0).IsFree);
    }

    [Fact]
    public async Task A_release_that_arrives_behind_the_next_owners_hold_leaves_that_alone()
    {
        var on = await OpenAsync();
        var map = await Maps.GetAsync(on, BookingWorld.Stop);
        var (first, next) = (_world.Ids.Next(), _world.Ids.Next());
        map.Apply(first, [Set(on, SeatClaim.Booked(first))]);
        map.Apply(next, [Set(on, SeatClaim.Held(next, _world.Now.AddMinutes(1)))]);
        map.Apply(first, [new SeatWork(on.Plan.Seats[0]) { Step = SeatStep.Clear }]);
        Assert.Equal(next, map.ClaimOf(0).Holding);
        map.Apply(next, [new SeatWork(on.Plan.Seats[0]) { Step = SeatStep.Clear }]);
        Assert.True(map.ClaimOf(0).IsFree);
    }

    [Fact]
    public async Task Counts_states_and_bits_agree() => (await Task.FromResult(Gen.Int[-5, 5].Array[17])).Sample(offsets =>
    {
        var runs = new[] { new SeatRun("", "A", 1, 17, "regular") };
        var on = new OnSaleEvent(
            "event-01K0000000000000000000000A", "o", "n", "EUR", new Dictionary<string, long> { ["regular"] = 1 }, null, TimeSpan.FromMinutes(1), 8, false,
            SeatPlan.Build(new Ulid(1), runs));
        var map = new SeatMap(on);
        var now = SeatClaim.UnitsOf(BookingWorld.Start);
        map.Apply(new Ulid(9), [.. offsets.Select((offset, ordinal) => new SeatWork(on.Plan.Seats[ordinal])
        {
            Step = SeatStep.Set,
            Next = new SeatClaim(offset == 5 ? SeatClaim.BookedUntil : now + offset, new Ulid((UInt128)ordinal)),
        })]);
        var (bits, holdings, states) = (new byte[3], new HashSet<Ulid>(), new byte[17]);
        var (held, booked, next) = map.Count(now, bits, holdings);
        Assert.Equal(next, map.WriteStates(now, states).NextExpiry);
        Assert.Equal(held, states.Count(state => state == 'H'));
        Assert.Equal(booked, states.Count(state => state == 'B'));
        Assert.Equal(held, holdings.Count);
        Assert.Equal(offsets.Select(offset => offset is > 0 and < 5), Enumerable.Range(0, 17).Select(ordinal => (bits[ordinal / 8] >> (ordinal % 8) & 1) == 1));
    });

    private Task<OnSaleEvent> OpenAsync() => _world.OpenAsync(runs: Runs);

    private static SeatWork Set(OnSaleEvent on, SeatClaim claim) => new(on.Plan.Seats[0]) { Step = SeatStep.Set, Next = claim };

    private async Task<JsonElement> RenderAsync(OnSaleEvent on) =>
        JsonDocument.Parse((await Maps.RenderAsync(on, BookingWorld.Stop)).Body).RootElement;

    private static long VersionOf(CompactSeatMap map) => JsonDocument.Parse(map.Body).RootElement.GetProperty("version").GetInt64();
}
