using Evently.Booking.Contracts;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using MassTransit;

namespace Evently.Analytics.Counting;

/// <summary>
/// Counts a booking, with others of its event where it can, else by itself in one transaction: three writes (its facts, one counter item, the seats' block), and
/// one more for every further block that its seats lie in.
/// </summary>
internal sealed class CountBooking(BookingBatches batches, ModuleTable<AnalyticsModule> table, UnitOfWork<AnalyticsModule> unitOfWork) : IConsumer<BookingConfirmed>
{
    public async Task Consume(ConsumeContext<BookingConfirmed> context)
    {
        var booking = context.Message;
        if (await batches.TryCountAsync(booking))
            return;
        var key = HoldingFact.OfNew(booking).Key;
        var fact = HoldingFact.Of(booking, await table.GetAsync(key, Consistency.Strong, context.CancellationToken));
        if (fact.IsConfirmed)
            return;

        unitOfWork.Add(fact.Confirm(booking));
        unitOfWork.Add(new CountChanges()
            .Booking(booking, fact.IsHoldCounted)
            .BookedAt(booking.ConfirmedAt)
            .ToWrite(booking.EventId, booking.BookingId, booking.ConfirmedAt));
        foreach (var write in SeatBlock.Book([booking]))
            unitOfWork.Add(write);
    }
}
