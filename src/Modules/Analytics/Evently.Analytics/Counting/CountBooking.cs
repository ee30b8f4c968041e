using Evently.Booking.Contracts;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using MassTransit;

namespace Evently.Analytics.Counting;

/// <summary>
/// Counts a booking, with others of its event where it can, else by itself: three writes (its facts, one counter item, the seats' block), and one more for
/// every further block that its seats lie in.
/// </summary>
internal sealed class CountBooking(BookingBatches batches, ModuleTable<AnalyticsModule> table, UnitOfWork<AnalyticsModule> unitOfWork) : IConsumer<BookingConfirmed>
{
    public async Task Consume(ConsumeContext<BookingConfirmed> context)
    {
        var booking = context.Message;
        if (await batches.TryCountAsync(booking))
            return;
        var factKey = Keys.Holding(booking.UserId, booking.BookingId);
        var blocks = SeatBlock.Of(booking.EventId, booking.Seats);
        var items = await table.GetManyAsync([factKey, .. blocks.Select(block => block.Key)], Consistency.Strong, context.CancellationToken);
        var fact = new HoldingFact(factKey, items[0]);
        if (fact.IsConfirmed)
            return;

        unitOfWork.Add(fact.Confirm(booking));
        unitOfWork.Add(new CountChanges()
            .Booking(booking, fact.IsHoldCounted)
            .BookedAt(booking.ConfirmedAt)
            .ToWrite(booking.EventId, booking.BookingId, booking.ConfirmedAt));
        for (var i = 0; i < blocks.Count; i++)
            unitOfWork.Add(SeatBlock.Book(blocks[i].Key, items[i + 1], blocks[i].Numbers.Select(number => (number, booking.ConfirmedAt))));
    }
}
