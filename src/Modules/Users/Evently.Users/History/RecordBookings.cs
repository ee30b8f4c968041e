using System.Text.Json;
using Evently.Booking.Contracts;
using Evently.Shared.Ids;
using Evently.Shared.Messaging;
using Evently.Shared.Storage;
using MassTransit;

namespace Evently.Users.History;

/// <summary>Writes each message's facts into its booking's entry. Setting a fact twice changes nothing, and no fact undoes another.</summary>
internal sealed class RecordBookings(UnitOfWork<UsersModule> work) :
    IConsumer<BookingConfirmed>,
    IConsumer<BookingCancelled>,
    IConsumer<RefundCompleted>,
    IConsumer<HoldEnded>,
    IConsumer<PaymentPending>,
    IConsumer<PendingPaymentDeclined>
{
    public Task Consume(ConsumeContext<BookingConfirmed> context)
    {
        var message = context.Message;
        Record(message.UserId, message.BookingId,
        [
            .. Sale(message.EventId, message.Seats, message.Total, message.Currency),
            Change.Set(Facts.ConfirmedAt, message.ConfirmedAt.ToUnixTimeMilliseconds()),
        ]);
        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<BookingCancelled> context)
    {
        var message = context.Message;
        Record(message.UserId, message.BookingId,
        [
            .. Sale(message.EventId, message.Seats, message.Seats.Sum(seat => seat.Price), message.Currency),
            Change.Set(Facts.ConfirmedAt, message.ConfirmedAt.ToUnixTimeMilliseconds()),
            Change.Set(Facts.CancelledAt, message.CancelledAt.ToUnixTimeMilliseconds()),
            Change.Set(Facts.Refund, message.Refund),
        ]);
        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<RefundCompleted> context)
    {
        var message = context.Message;

        // Late money that went back belongs to a booking that failed, and that is what the history says already.
        if (message.WasConfirmed)
            Record(message.UserId, message.BookingId, [Change.Set(Facts.RefundedAt, message.RefundedAt.ToUnixTimeMilliseconds())]);
        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<HoldEnded> context)
    {
        var message = context.Message;
        if (message.Payable)
        {
            Record(message.UserId, message.HoldingId,
            [
                .. Sale(message.EventId, message.Seats, message.Total, message.Currency),
                Change.Set(Facts.EndedAt, message.EndedAt.ToUnixTimeMilliseconds()),
            ]);
        }

        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<PaymentPending> context)
    {
        var message = context.Message;
        Record(message.UserId, message.BookingId,
        [
            .. Sale(message.EventId, message.Seats, message.Total, message.Currency),
            Change.Set(Facts.PendingSince(message.Attempt), message.BegunAt.ToUnixTimeMilliseconds()),
        ]);
        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<PendingPaymentDeclined> context)
    {
        var message = context.Message;
        Record(message.UserId, message.BookingId, [Change.Set(Facts.DeclinedAt(message.Attempt), message.DeclinedAt.ToUnixTimeMilliseconds())]);
        return Task.CompletedTask;
    }

    private static IEnumerable<Change> Sale(string eventId, IReadOnlyList<BookedSeat> seats, long total, string currency) =>
    [
        Change.Set(Facts.EventId, eventId),
        Change.Set(Facts.Seats, JsonSerializer.Serialize([.. seats.Select(seat => seat.SeatPosition)], UsersJson.Default.IReadOnlyListString)),
        Change.Set(Facts.Total, total),
        Change.Set(Facts.Currency, currency),
    ];

    private void Record(string userId, string bookingOrHoldingId, IReadOnlyList<Change> facts)
    {
        // A booking keeps the suffix of its holding: the last 26 characters of either id.
        if (!Ulid.TryParse(bookingOrHoldingId.AsSpan(Math.Max(0, bookingOrHoldingId.Length - Ulid.TextLength)), out var booking))
            throw new ArgumentException($"'{bookingOrHoldingId}' is no id of a booking or a holding.", nameof(bookingOrHoldingId));
        work.Add(Write.Update(Keys.HistoryEntry(userId, booking), facts, Condition.Always));
    }
}
