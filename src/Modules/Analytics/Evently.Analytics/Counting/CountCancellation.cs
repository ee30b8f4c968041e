using Evently.Analytics.Rollups;
using Evently.Booking.Contracts;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using MassTransit;

namespace Evently.Analytics.Counting;

/// <summary>Counts a cancelled booking, also when it overtakes its own confirmation, and later the refund.</summary>
internal sealed class CountCancellation(ModuleTable<AnalyticsModule> table, UnitOfWork<AnalyticsModule> unitOfWork)
    : IConsumer<BookingCancelled>, IConsumer<RefundCompleted>
{
    public async Task Consume(ConsumeContext<BookingCancelled> context)
    {
        var booking = context.Message;
        var fact = await ReadAsync(booking.UserId, booking.BookingId, context.CancellationToken);
        if (fact.IsCancelled)
            return;

        var counts = new CountChanges()
            .Total(CountItem.Cancellations, 1)
            .Total(CountItem.SeatsGivenBack, booking.Seats.Count)
            .Total(CountItem.RevenueGivenBack, booking.Seats.Sum(seat => seat.Price))
            .Minute(booking.CancelledAt, Figure.Cancellations, 1);
        foreach (var seat in booking.Seats)
            counts.Total(CountItem.TypePrefix + seat.SeatType, -seat.Price);
        unitOfWork.Add(fact.Cancel(booking));
        unitOfWork.Add(counts.ToWrite(booking.EventId, booking.BookingId, booking.CancelledAt));
        foreach (var (key, numbers) in SeatBlock.Of(booking.EventId, booking.Seats))
            unitOfWork.Add(SeatBlock.GiveBack(key, numbers));
    }

    public async Task Consume(ConsumeContext<RefundCompleted> context)
    {
        var refund = context.Message;
        if (!refund.WasConfirmed)
            return; // Late money never counted as revenue, so its way back is no refund of revenue either.
        var fact = await ReadAsync(refund.UserId, refund.BookingId, context.CancellationToken);
        if (fact.IsRefunded)
            return;

        unitOfWork.Add(fact.Refund(refund));
        unitOfWork.Add(new CountChanges().Total(CountItem.Refunded, refund.Amount).ToWrite(refund.EventId, refund.BookingId, refund.RefundedAt));
    }

    private async ValueTask<HoldingFact> ReadAsync(string userId, string bookingId, CancellationToken cancellationToken)
    {
        var key = Keys.Holding(userId, bookingId);
        return new HoldingFact(key, await table.GetAsync(key, Consistency.Strong, cancellationToken));
    }
}
