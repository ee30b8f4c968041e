using CsCheck;
using Evently.Booking.Ledger;
using Evently.Shared.Ids;
using Evently.Shared.Storage;

namespace Evently.Booking.Tests.Ledger;

public sealed class SeatClaimTests
{
    private static readonly Gen<Ulid> Holdings = Gen.Select(Gen.ULong, Gen.ULong, (high, low) => new Ulid(new UInt128(high, low)));

    private static readonly Gen<SeatClaim> Claims = Gen.Select(Gen.Long[1, SeatClaim.BookedUntil], Holdings, (until, holding) => new SeatClaim(until, holding));

    private static readonly Gen<DateTimeOffset> Times = Gen.Long[0, 5_000_000_000_000].Select(microseconds => BookingWorld.Start.AddMicroseconds(microseconds));

    [Fact]
    public void A_claim_is_read_back_as_it_was_stored() => Claims.Sample(claim =>
    {
        Assert.Equal(SeatClaim.ByteLength, claim.Encode().Length);
        Assert.Equal(claim, SeatClaim.Decode(claim.Encode()));
    });

    [Fact]
    public void An_absent_attribute_is_a_free_seat() => Assert.True(SeatClaim.Decode(default).IsFree);

    [Fact]
    public void The_stored_bytes_are_below_the_bound_exactly_when_the_claim_is_over() =>
        Gen.Select(Times, Gen.Int[-3, 3], Holdings).Sample((now, offset, holding) =>
        {
            var claim = new SeatClaim(SeatClaim.UnitsOf(now) + offset, holding);
            var isBelow = claim.Encode().AsSpan().SequenceCompareTo(SeatClaim.ExpiredBelow(now)) < 0;
            Assert.Equal(!claim.IsTakenAt(now), isBelow);
        });

    [Fact]
    public void A_hold_is_over_at_its_expiry_and_not_a_tick_before() => Gen.Select(Times, Holdings).Sample((asked, holding) =>
    {
        var expiresAt = SeatClaim.RoundUp(asked);
        var claim = SeatClaim.Held(holding, asked);
        Assert.InRange(expiresAt, asked, asked.AddMilliseconds(10));
        Assert.Equal(expiresAt, claim.ExpiresAt);
        Assert.True(claim.IsTakenAt(expiresAt.AddTicks(-1)));
        Assert.False(claim.IsTakenAt(expiresAt));
    });

    [Fact]
    public void A_booked_seat_never_expires()
    {
        var booked = SeatClaim.Booked(new Ulid(5));
        Assert.True(booked.IsTakenAt(DateTimeOffset.UnixEpoch.AddYears(300)));
        Assert.Null(booked.ExpiresAt);
        Assert.Equal([0xFF, 0xFF, 0xFF, 0xFF, 0xFF], booked.Encode()[..5]);
    }

    [Fact]
    public void A_condition_holds_for_exactly_the_seats_that_the_rule_may_take() => Gen.Select(Claims, Holdings, Gen.Int[-2, 2]).Sample((claim, holding, offset) =>
    {
        var now = claim.IsBooked ? BookingWorld.Start : DateTimeOffset.UnixEpoch.AddMilliseconds((claim.Until + offset) * 10);
        var rule = new SeatRule.Take(SeatClaim.Held(holding, now.AddMinutes(1)));
        var guard = rule.Guard("s0", SeatStep.Set, default, now);
        var any = Assert.IsType<Condition.AnyCondition>(guard);
        var less = Assert.IsType<Condition.CompareCondition>(any.Parts[1]);
        Assert.Equal(Comparison.Less, less.Comparison);
        var holds = claim.Encode().AsSpan().SequenceCompareTo(less.Value.Binary.Span) < 0;
        Assert.Equal(rule.Decide(claim, now).Step == SeatStep.Set, holds);
    });
}
