using Evently.Analytics.Rollups;
using Evently.Booking.Contracts;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using MassTransit;

namespace Evently.Analytics.Counting;

/// <summary>
/// Counts a booking: three writes (its facts, one counter item, the seats' block), and one more for every further block that its seats lie in.
/// </summary>
internal sealed class CountBooking(ModuleTable<AnalyticsModule> table, UnitOfWork<AnalyticsModule> unitOfWork) : IConsumer<BookingConfirmed>
{
    public async Task Consume(ConsumeContext<BookingConfirmed> context)
    {
        var booking = context.Message;
        var factKey = Keys.Holding(booking.UserId, booking.BookingId);
        var blocks = SeatBlock.Of(booking.EventId, booking.Seats);
        var items = await table.GetManyAsync([factKey, .. blocks.Select(block => block.Key)], Consistency.Strong, context.CancellationToken);
        var fact = new HoldingFact(factKey, items[0]);
        if (fact.IsConfirmed)
            return;

        unitOfWork.Add(fact.Confirm(booking));
        unitOfWork.Add(Count(booking, fact.IsHoldCounted).ToWrite(booking.EventId, booking.BookingId, booking.ConfirmedAt));
        for (var i = 0; i < blocks.Count; i++)
            unitOfWork.Add(SeatBlock.Book(blocks[i].Key, items[i + 1], blocks[i].Numbers, booking.ConfirmedAt));
    }

    private static CountChanges Count(BookingConfirmed booking, bool isHoldCounted)
    {
        var counts = new CountChanges()
            .Total(CountItem.Bookings, 1)
            .Total(CountItem.Seats, booking.Seats.Count)
            .Total(CountItem.Revenue, booking.Total)
            .Minute(booking.ConfirmedAt, Figure.Bookings, 1)
            .Minute(booking.ConfirmedAt, Figure.Seats, booking.Seats.Count)
            .Minute(booking.ConfirmedAt, Figure.Revenue, booking.Total)
            .BookedAt(booking.ConfirmedAt);
        foreach (var seat in booking.Seats)
            counts.Total(CountItem.TypePrefix + seat.SeatType, seat.Price);
        if (!isHoldCounted)
            counts.Total(CountItem.PlacedHolds, 1).Minute(booking.HeldAt, Figure.Holds, 1);
        return counts;
    }
}
