using Evently.Booking.Ledger;
using Evently.Shared.Storage;

namespace Evently.Booking.Tests.Ledger;

public sealed class SeatLedgerOnMemoryTests() : SeatLedgerTests(embedded: false);

public sealed class SeatLedgerOnDiskTests() : SeatLedgerTests(embedded: true);

/// <summary>What the ledger promises, on each engine.</summary>
public abstract class SeatLedgerTests(bool embedded) : IAsyncDisposable
{
    private readonly BookingWorld _world = new(embedded);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task A_free_seat_is_taken_with_one_write_and_no_read()
    {
        var on = await _world.OpenAsync();
        _world.Table.Forget();
        Assert.True(await _world.TakeAsync(on, _world.Ids.Next(), "A-1", "A-2"));
        Assert.Equal(["write ledger"], _world.Table.Calls);
    }

    [Fact]
    public async Task Seats_of_several_rows_are_taken_in_one_transaction()
    {
        var on = await _world.OpenAsync();
        _world.Table.Forget();
        Assert.True(await _world.TakeAsync(on, _world.Ids.Next(), "A-1", "C-2", "B-3"));
        Assert.Equal(["transact ledger"], _world.Table.Calls);
    }

    [Fact]
    public async Task A_refusal_names_every_seat_that_is_gone_and_why_in_the_order_asked()
    {
        var on = await _world.OpenAsync();
        var (first, second) = (_world.Ids.Next(), _world.Ids.Next());
        Assert.True(await _world.TakeAsync(on, first, "A-1", "B-2"));
        Assert.True(await _world.TakeAsync(on, second, "C-3"));
        Assert.True(await _world.Ledger.TryBookAsync(on, ["C-3"], second, BookingWorld.Stop));

        var outcome = await _world.TryTakeAsync(on, _world.Ids.Next(), "C-3", "D-1", "B-2", "A-5", "A-1");
        Assert.False(outcome.Taken);
        Assert.Equal([new("C-3", "booked"), new("B-2", "held"), new UnavailableSeat("A-1", "held")], outcome.Unavailable);
        Assert.Null((await _world.OwnerAsync(on, "D-1")).Holding);
        Assert.Null((await _world.OwnerAsync(on, "A-5")).Holding);
    }

    [Fact]
    public async Task A_refusal_is_as_complete_when_the_engine_returns_no_items()
    {
        var on = await _world.OpenAsync();
        Assert.True(await _world.TakeAsync(on, _world.Ids.Next(), "A-1", "A-2", "B-2"));
        _world.Table.HidesRefusedItems = true;
        Assert.Equal(["A-1", "A-2"], (await _world.TryTakeAsync(on, _world.Ids.Next(), "A-1", "A-2", "A-3")).Unavailable.Select(seat => seat.SeatPos));
        Assert.Equal(["B-2", "A-1"], (await _world.TryTakeAsync(on, _world.Ids.Next(), "B-2", "A-1", "C-1")).Unavailable.Select(seat => seat.SeatPos));
    }

    [Fact]
    public async Task A_hold_is_sold_again_the_moment_it_expires_and_not_before()
    {
        var on = await _world.OpenAsync();
        Assert.True(await _world.TakeAsync(on, _world.Ids.Next(), "A-1"));
        _world.Time.Advance(on.HoldDuration - TimeSpan.FromTicks(1));
        Assert.False(await _world.TakeAsync(on, _world.Ids.Next(), "A-1"));
        _world.Time.Advance(TimeSpan.FromTicks(1));
        var next = _world.Ids.Next();
        Assert.True(await _world.TakeAsync(on, next, "A-1"));
        Assert.Equal(next, (await _world.OwnerAsync(on, "A-1")).Holding);
    }

    [Fact]
    public async Task Taking_again_for_the_same_holding_succeeds_and_ends_when_the_repeat_said()
    {
        var on = await _world.OpenAsync();
        var holding = _world.Ids.Next();
        Assert.True(await _world.TakeAsync(on, holding, "A-1", "B-1"));
        var before = await _world.OwnerAsync(on, "A-1");
        Assert.True(await _world.TakeAsync(on, holding, "A-1", "B-1"));
        Assert.Equal(before, await _world.OwnerAsync(on, "A-1"));

        // The saga of the repeat has the later end; a seat that was free earlier would be lost while its holding says otherwise.
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await _world.TakeAsync(on, holding, "A-1", "B-1"));
        Assert.Equal(before with { ExpiresAt = before.ExpiresAt + TimeSpan.FromSeconds(1) }, await _world.OwnerAsync(on, "A-1"));

        // What is booked meanwhile stays booked.
        Assert.True(await _world.Ledger.TryBookAsync(on, ["A-1", "B-1"], holding, BookingWorld.Stop));
        Assert.True(await _world.TakeAsync(on, holding, "A-1", "B-1"));
        Assert.True((await _world.OwnerAsync(on, "A-1")).IsBooked);
    }

    [Fact]
    public async Task A_hold_whose_time_is_over_is_still_booked_while_nobody_took_its_seats()
    {
        var on = await _world.OpenAsync();
        var holding = _world.Ids.Next();
        Assert.True(await _world.TakeAsync(on, holding, "A-1", "B-1"));
        _world.Time.Advance(on.HoldDuration * 2);
        Assert.True(await _world.Ledger.TryBookAsync(on, ["A-1", "B-1"], holding, BookingWorld.Stop));
        Assert.True((await _world.OwnerAsync(on, "B-1")).IsBooked);
        Assert.True(await _world.Ledger.TryBookAsync(on, ["A-1", "B-1"], holding, BookingWorld.Stop));
    }

    [Fact]
    public async Task A_hold_that_lost_one_seat_books_none_of_the_others()
    {
        var on = await _world.OpenAsync();
        var (late, next) = (_world.Ids.Next(), _world.Ids.Next());
        Assert.True(await _world.TakeAsync(on, late, "A-1", "B-1"));
        _world.Time.Advance(on.HoldDuration);
        Assert.True(await _world.TakeAsync(on, next, "B-1"));
        Assert.False(await _world.RetakeAsync(on, ["A-1", "B-1"], late));
        Assert.False((await _world.OwnerAsync(on, "A-1")).IsBooked);
        Assert.Equal(next, (await _world.OwnerAsync(on, "B-1")).Holding);
    }

    [Fact]
    public async Task Late_money_takes_free_seats_again_only_where_that_is_wanted()
    {
        var on = await _world.OpenAsync();
        var holding = _world.Ids.Next();
        Assert.True(await _world.TakeAsync(on, holding, "A-1", "B-1"));
        Assert.Equal(2, await _world.Ledger.ReleaseAsync(on, ["A-1", "B-1"], holding, BookingWorld.Stop));
        Assert.False(await _world.Ledger.TryBookAsync(on, ["A-1", "B-1"], holding, BookingWorld.Stop));
        Assert.True(await _world.RetakeAsync(on, ["A-1", "B-1"], holding));
        Assert.True((await _world.OwnerAsync(on, "A-1")).IsBooked);
    }

    [Fact]
    public async Task An_extended_hold_keeps_its_seats_longer()
    {
        var on = await _world.OpenAsync();
        var holding = _world.Ids.Next();
        Assert.True(await _world.TakeAsync(on, holding, "A-1", "B-1"));
        Assert.True(await _world.ExtendAsync(on, ["A-1", "B-1"], holding, _world.Now + (on.HoldDuration * 2)));
        _world.Time.Advance(on.HoldDuration);
        Assert.False(await _world.TakeAsync(on, _world.Ids.Next(), "B-1"));
        Assert.Equal(BookingWorld.Start + (on.HoldDuration * 2), (await _world.OwnerAsync(on, "A-1")).ExpiresAt);
    }

    [Fact]
    public async Task A_hold_that_lost_a_seat_is_not_extended()
    {
        var on = await _world.OpenAsync();
        var holding = _world.Ids.Next();
        Assert.True(await _world.TakeAsync(on, holding, "A-1", "B-1"));
        _world.Time.Advance(on.HoldDuration);
        Assert.True(await _world.TakeAsync(on, _world.Ids.Next(), "B-1"));
        Assert.False(await _world.ExtendAsync(on, ["A-1", "B-1"], holding, _world.Now.AddHours(1)));
        Assert.Equal(_world.Now, (await _world.OwnerAsync(on, "A-1")).ExpiresAt);
    }

    [Fact]
    public async Task A_release_frees_what_is_still_the_holdings_and_leaves_the_next_owner_alone()
    {
        var on = await _world.OpenAsync();
        var (first, next) = (_world.Ids.Next(), _world.Ids.Next());
        Assert.True(await _world.TakeAsync(on, first, "A-1", "A-2", "B-1"));
        _world.Time.Advance(on.HoldDuration);
        Assert.True(await _world.TakeAsync(on, next, "A-2"));
        Assert.Equal(2, await _world.Ledger.ReleaseAsync(on, ["A-1", "A-2", "B-1"], first, BookingWorld.Stop));
        Assert.Equal(0, await _world.Ledger.ReleaseAsync(on, ["A-1", "A-2", "B-1"], first, BookingWorld.Stop));
        Assert.Equal(next, (await _world.OwnerAsync(on, "A-2")).Holding);
        Assert.Null((await _world.OwnerAsync(on, "A-1")).Holding);
    }

    [Fact]
    public async Task Every_taken_seat_is_listed_once_with_its_owner()
    {
        var on = await _world.OpenAsync(rows: 80, seatsInRow: 60);
        var expected = new Dictionary<string, Evently.Shared.Ids.Ulid>();
        foreach (var seat in on.Plan.Seats.Where(seat => seat.Ordinal % 97 == 0))
        {
            expected[seat.Position] = _world.Ids.Next();
            Assert.True(await _world.TakeAsync(on, expected[seat.Position], seat.Position));
        }

        var listed = new Dictionary<string, Evently.Shared.Ids.Ulid>();
        await foreach (var owner in _world.Ledger.ReadAllTakenAsync(on, BookingWorld.Stop))
            listed.Add(owner.Position, owner.Holding!.Value);
        Assert.Equal(expected.OrderBy(pair => pair.Key), listed.OrderBy(pair => pair.Key));
    }

    [Fact]
    public async Task An_event_that_nobody_buys_has_no_ledger_items()
    {
        var on = await _world.OpenAsync(rows: 100, seatsInRow: 100);
        var table = _world.Get<ModuleTable<BookingModule>>();
        foreach (var partition in on.Plan.Partitions)
            Assert.Empty((await table.QueryAsync(new Query(partition, SortRange.All, Consistency.Strong, 10), BookingWorld.Stop)).Items);
        Assert.True(await _world.TakeAsync(on, _world.Ids.Next(), "A-1"));
        Assert.Single((await table.QueryAsync(new Query(on.Plan.Partitions[0], SortRange.All, Consistency.Strong, 10), BookingWorld.Stop)).Items);
    }

    [Fact]
    public async Task Five_hundred_buyers_of_one_seat_have_one_winner()
    {
        var on = await _world.OpenAsync();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 500).Select(async _ => await _world.TryTakeAsync(on, _world.Ids.Next(), "A-1")));
        Assert.Single(outcomes, outcome => outcome.Taken);
        Assert.All(outcomes.Where(outcome => !outcome.Taken), outcome => Assert.Equal([new("A-1", "held")], outcome.Unavailable));
    }

    [Fact]
    public async Task Three_hundred_buyers_of_a_hundred_seats_get_all_their_seats_or_none()
    {
        var on = await _world.OpenAsync(rows: 10, seatsInRow: 10);
        var random = new Random(11);
        var wishes = Enumerable.Range(0, 300).Select(_ => Wish(random)).ToList();
        var holdings = wishes.ConvertAll(_ => _world.Ids.Next());
        var outcomes = await Task.WhenAll(wishes.Select(async (wish, buyer) => await _world.TryTakeAsync(on, holdings[buyer], wish)));

        var owned = new Dictionary<Evently.Shared.Ids.Ulid, List<string>>();
        await foreach (var owner in _world.Ledger.ReadAllTakenAsync(on, BookingWorld.Stop))
        {
            if (!owned.TryGetValue(owner.Holding!.Value, out var seats))
                owned[owner.Holding.Value] = seats = [];
            seats.Add(owner.Position);
        }

        for (var buyer = 0; buyer < 300; buyer++)
        {
            Assert.Equal(outcomes[buyer].Taken ? wishes[buyer].Order() : [], owned.GetValueOrDefault(holdings[buyer], []).Order());
            Assert.Equal(outcomes[buyer].Taken, outcomes[buyer].Unavailable.Count == 0);
        }

        Assert.InRange(owned.Values.Sum(seats => seats.Count), 60, 100);
    }

    private static string[] Wish(Random random) => Enumerable.Range(0, random.Next(1, 7))
        .Select(_ => $"{(char)('A' + random.Next(10))}-{random.Next(1, 11)}")
        .Distinct()
        .ToArray();
}
