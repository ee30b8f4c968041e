using CsCheck;
using Evently.Booking.Holds;
using Evently.Booking.Ledger;
using Evently.Booking.Tests.Ledger;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Booking.Tests.Holds;

public sealed class UserHoldingsTests
{
    private static readonly long NowUnits = SeatClaim.UnitsOf(BookingWorld.Start);

    private static readonly Gen<HoldingReference> References =
        Gen.Select(Gen.ULong, Gen.Int[-200_000, 1_000], Gen.Int[0, 20], Gen.Bool, (id, offset, seats, booked) => new HoldingReference(new Ulid(id), NowUnits + offset, seats, booked));

    [Fact]
    public void The_list_is_read_back_as_it_was_saved() => References.List[0, 30].Sample(references =>
    {
        var write = Assert.IsType<Write.PutWrite>(new UserHoldings(7, references).Save(Keys.UserHoldings("user-1", new Ulid(1)), BookingWorld.Start));
        var read = UserHoldings.Read(new Item(write.Key, write.Attributes));
        Assert.Equal(8, read.Version);
        Assert.Equal(references, read.References);
    });

    [Fact]
    public void Room_is_what_the_holds_that_may_still_run_leave_of_the_cap() => Gen.Select(References.List[0, 8], Gen.Int[1, 12]).Sample((references, seats) =>
    {
        var oldest = NowUnits - SeatClaim.UnitsOf(DateTimeOffset.UnixEpoch + UserHoldings.LongestProtection);
        var held = references.Where(reference => !reference.IsBooked && reference.Until > oldest).Sum(reference => reference.Seats);
        Assert.Equal(held + seats <= UserHoldings.MaxHeldSeats, new UserHoldings(1, references).HasRoomFor(seats, UserHoldings.MaxHeldSeats, BookingWorld.Start));
    });

    [Fact]
    public void The_list_stays_bounded_and_loses_ended_holdings_before_others()
    {
        var holdings = new UserHoldings(0, []);
        for (var id = 1; id <= UserHoldings.MaxReferences; id++)
            holdings = holdings.Append(new HoldingReference(new Ulid((UInt128)id), NowUnits, 1));
        holdings = holdings.With(new Dictionary<Ulid, HoldingReference> { [new(50)] = new(new(50), NowUnits, 0) });
        holdings = holdings.Append(new HoldingReference(new Ulid(1_000), NowUnits, 1));
        Assert.Equal(UserHoldings.MaxReferences, holdings.References.Count);
        Assert.False(holdings.Has(new Ulid(50)));
        Assert.True(holdings.Has(new Ulid(1)));

        holdings = holdings.Append(new HoldingReference(new Ulid(1_001), NowUnits, 1));
        Assert.Equal(UserHoldings.MaxReferences, holdings.References.Count);
        Assert.False(holdings.Has(new Ulid(1)));
    }
}
