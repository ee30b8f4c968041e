using Evently.Booking.Catalog;
using Evently.Booking.Ledger;
using Evently.Booking.Seats;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Booking.Tests.Ledger;

/// <summary>Lost answers, lost requests, others in between: state decides.</summary>
public sealed class SeatLedgerFaultTests : IAsyncDisposable
{
    private readonly BookingWorld _world = new();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData(WriteFault.AppliedUnknown, "A-1", "A-2")]
    [InlineData(WriteFault.AppliedUnknown, "A-1", "B-1")]
    [InlineData(WriteFault.LostUnknown, "A-1", "A-2")]
    [InlineData(WriteFault.LostUnknown, "A-1", "B-1")]
    internal async Task A_take_whose_answer_is_lost_still_ends_as_taken(WriteFault fault, string first, string second)
    {
        var on = await _world.OpenAsync();
        var holding = _world.Ids.Next();
        FailOnce(fault);
        Assert.True(await _world.TakeAsync(on, holding, first, second));
        Assert.Equal(holding, (await _world.OwnerAsync(on, first)).Holding);
        Assert.Equal(holding, (await _world.OwnerAsync(on, second)).Holding);
    }

    [Fact]
    public async Task A_take_whose_request_is_lost_while_another_buyer_comes_is_refused()
    {
        var on = await _world.OpenAsync();
        var rival = _world.Ids.Next();
        FailOnce(WriteFault.LostUnknown, meanwhile: () => _world.TakeAsync(on, rival, "A-2"));
        var outcome = await _world.TryTakeAsync(on, _world.Ids.Next(), "A-1", "A-2");
        Assert.Equal([new("A-2", "held")], outcome.Unavailable);
        Assert.Null((await _world.OwnerAsync(on, "A-1")).Holding);
    }

    [Fact]
    public async Task A_refused_take_is_tried_again_when_a_look_shows_the_seats_free()
    {
        var on = await _world.OpenAsync();
        var (rival, holding) = (_world.Ids.Next(), _world.Ids.Next());
        Assert.True(await _world.TakeAsync(on, rival, "A-1"));
        _world.Table.HidesRefusedItems = true;
        _world.Table.BeforeGet = async () =>
        {
            _world.Table.BeforeGet = () => Task.CompletedTask;
            await _world.Ledger.ReleaseAsync(on, ["A-1"], rival, BookingWorld.Stop);
        };
        Assert.True(await _world.TakeAsync(on, holding, "A-1"));
        Assert.Equal(holding, (await _world.OwnerAsync(on, "A-1")).Holding);
    }

    [Theory]
    [InlineData(WriteFault.AppliedUnknown)]
    [InlineData(WriteFault.LostUnknown)]
    internal async Task A_release_whose_answer_is_lost_tells_how_many_seats_it_freed(WriteFault fault)
    {
        var on = await _world.OpenAsync();
        var holding = _world.Ids.Next();
        Assert.True(await _world.TakeAsync(on, holding, "A-1", "A-2", "B-1"));
        FailOnce(fault);
        Assert.Equal(3, await _world.Ledger.ReleaseAsync(on, ["A-1", "A-2", "B-1"], holding, BookingWorld.Stop));
        Assert.Null((await _world.OwnerAsync(on, "B-1")).Holding);
    }

    [Theory]
    [InlineData(WriteFault.AppliedUnknown)]
    [InlineData(WriteFault.LostUnknown)]
    internal async Task A_booking_whose_answer_is_lost_ends_as_booked(WriteFault fault)
    {
        var on = await _world.OpenAsync();
        var holding = _world.Ids.Next();
        Assert.True(await _world.TakeAsync(on, holding, "A-1", "B-1"));
        FailOnce(fault);
        Assert.True(await _world.Ledger.TryBookAsync(on, ["A-1", "B-1"], holding, BookingWorld.Stop));
        Assert.True((await _world.OwnerAsync(on, "A-1")).IsBooked);
    }

    [Fact]
    public async Task Throttling_is_the_callers_to_see()
    {
        var on = await _world.OpenAsync();
        _world.Table.Fault = _ => Task.FromResult<WriteFault?>(WriteFault.Throttled);
        await Assert.ThrowsAsync<TableThrottledException>(() => _world.TakeAsync(on, _world.Ids.Next(), "A-1"));
    }

    [Fact]
    public async Task A_change_that_never_gets_through_ends_after_a_bounded_number_of_tries()
    {
        var on = await _world.OpenAsync();
        _world.Table.Fault = _ => Task.FromResult<WriteFault?>(WriteFault.LostUnknown);
        _world.Table.Forget();
        await Assert.ThrowsAsync<TableUnavailableException>(() => _world.TakeAsync(on, _world.Ids.Next(), "A-1"));
        Assert.InRange(_world.Table.Calls.Count, 2, 20);
    }

    [Fact]
    public async Task A_stale_snapshot_never_decides_what_becomes_of_a_holding()
    {
        var on = await _world.OpenAsync();
        var holding = _world.Ids.Next();
        Assert.True(await _world.TakeAsync(on, holding, "A-1", "B-1"));
        var map = await _world.Get<SeatMaps>().GetAsync(on, BookingWorld.Stop);

        // Another instance extended the hold: this one's snapshot still has the old expiry.
        var other = _world.LedgerOfAnotherInstance();
        Assert.True(await _world.CommitAsync(() => other.PrepareExtendAsync(on, ["A-1", "B-1"], holding, _world.Now.AddMinutes(5), BookingWorld.Stop)));
        Assert.NotEqual(_world.Now.AddMinutes(5), map.ClaimOf(0).ExpiresAt);
        Assert.True(await _world.Ledger.TryBookAsync(on, ["A-1", "B-1"], holding, BookingWorld.Stop));
        Assert.True(map.ClaimOf(0).IsBooked);

        // And another instance freed it: this one's snapshot still has it booked.
        Assert.Equal(2, await other.ReleaseAsync(on, ["A-1", "B-1"], holding, BookingWorld.Stop));
        Assert.False(await _world.ExtendAsync(on, ["A-1", "B-1"], holding, _world.Now.AddMinutes(5)));
        Assert.Equal(0, await _world.Ledger.ReleaseAsync(on, ["A-1", "B-1"], holding, BookingWorld.Stop));
        Assert.True(map.ClaimOf(0).IsFree);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_random_history_with_faults_gives_what_a_plain_table_of_owners_gives(int seed)
    {
        var on = await _world.OpenAsync(rows: 3, seatsInRow: 4);
        var random = new Random(seed);
        _world.Table.Fault = _ => Task.FromResult<WriteFault?>(random.Next(5) switch { 0 => WriteFault.AppliedUnknown, 1 => WriteFault.LostUnknown, _ => null });
        if (seed % 2 == 0)
            await _world.Get<SeatMaps>().GetAsync(on, BookingWorld.Stop);
        var model = new Dictionary<string, (Ulid Holding, DateTimeOffset Until)>();
        var holdings = new List<(Ulid Id, string[] Seats)>();
        for (var step = 0; step < 400; step++)
        {
            if (random.Next(4) == 0)
                _world.Time.Advance(TimeSpan.FromMilliseconds(random.Next(40_000)));
            if (holdings.Count == 0 || random.Next(3) == 0)
                holdings.Add(await TakeAsync(on, random, model));
            else
                await ChangeAsync(on, random, model, holdings[random.Next(holdings.Count)]);
            await CompareAsync(on, model);
        }
    }

    private async Task<(Ulid Id, string[] Seats)> TakeAsync(OnSaleEvent on, Random random, Dictionary<string, (Ulid Holding, DateTimeOffset Until)> model)
    {
        var holding = _world.Ids.Next();
        var seats = random.GetItems(on.Plan.Seats.Select(seat => seat.Position).ToArray(), random.Next(1, 5)).Distinct().ToArray();
        var until = SeatClaim.RoundUp(_world.Now + on.HoldDuration);
        var taken = seats.Where(seat => model.TryGetValue(seat, out var owner) && owner.Until > _world.Now).ToArray();
        var outcome = await _world.TryTakeAsync(on, holding, seats);
        Assert.Equal(taken, outcome.Unavailable.Select(seat => seat.SeatPos));
        foreach (var seat in outcome.Taken ? seats : [])
            model[seat] = (holding, until);
        return (holding, seats);
    }

    private async Task ChangeAsync(OnSaleEvent on, Random random, Dictionary<string, (Ulid Holding, DateTimeOffset Until)> model, (Ulid Id, string[] Seats) holding)
    {
        var mine = holding.Seats.Where(seat => model.TryGetValue(seat, out var owner) && owner.Holding == holding.Id).ToArray();
        var gone = holding.Seats.Any(seat => model.TryGetValue(seat, out var owner) && owner.Holding != holding.Id && owner.Until > _world.Now);
        switch (random.Next(4))
        {
            case 0:
                Assert.Equal(mine.Length, await _world.Ledger.ReleaseAsync(on, holding.Seats, holding.Id, BookingWorld.Stop));
                Array.ForEach(mine, seat => model.Remove(seat));
                break;
            case 1:
                var until = SeatClaim.RoundUp(_world.Now.AddMinutes(1));
                var extends = mine.Length == holding.Seats.Length;
                Assert.Equal(extends, await _world.ExtendAsync(on, holding.Seats, holding.Id, until));
                foreach (var seat in extends ? mine : [])
                    model[seat] = (holding.Id, model[seat].Until == DateTimeOffset.MaxValue ? DateTimeOffset.MaxValue : until);
                break;
            default:
                var retake = random.Next(2) == 0;
                var books = retake ? !gone : mine.Length == holding.Seats.Length;
                Assert.Equal(books, retake
                    ? await _world.RetakeAsync(on, holding.Seats, holding.Id)
                    : await _world.Ledger.TryBookAsync(on, holding.Seats, holding.Id, BookingWorld.Stop));
                foreach (var seat in books ? holding.Seats : [])
                    model[seat] = (holding.Id, DateTimeOffset.MaxValue);
                break;
        }
    }

    private async Task CompareAsync(OnSaleEvent on, Dictionary<string, (Ulid Holding, DateTimeOffset Until)> model)
    {
        var map = _world.Get<SeatMaps>().Peek(on.Id);
        var owners = await _world.Ledger.ReadAsync(on, [.. on.Plan.Seats.Select(seat => seat.Position)], BookingWorld.Stop);
        for (var ordinal = 0; ordinal < owners.Count; ordinal++)
        {
            var expected = model.TryGetValue(owners[ordinal].Position, out var owner) ? owner.Holding : (Ulid?)null;
            Assert.Equal(expected, owners[ordinal].Holding);
            Assert.Equal(expected is not null && owner.Until == DateTimeOffset.MaxValue, owners[ordinal].IsBooked);
            if (map is not null)
                Assert.Equal(owners[ordinal], SeatOwner.Of(owners[ordinal].Position, map.ClaimOf(ordinal)));
        }
    }

    private void FailOnce(WriteFault fault, Func<Task>? meanwhile = null)
    {
        var hasFailed = false;
        _world.Table.Fault = async _ =>
        {
            if (hasFailed)
                return null;
            hasFailed = true;
            if (meanwhile is not null)
                await meanwhile();
            return fault;
        };
    }
}
