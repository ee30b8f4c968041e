using Evently.Booking.Payments;
using Evently.Shared.Messaging;
using MassTransit;

namespace Evently.Booking.Sagas;

/// <summary>A message to one booking's state machine.</summary>
internal interface IBookingMessage : ILocalMessage, CorrelatedBy<Guid>;

/// <param name="Method">As the gateway knows it.</param>
internal sealed record ConfirmRequested(Guid CorrelationId, string Method, string By) : IBookingMessage;

internal sealed record PaymentCaptured(Guid CorrelationId, int Attempt) : IBookingMessage;

internal sealed record PaymentDeclined(Guid CorrelationId, int Attempt, string? Detail) : IBookingMessage;

/// <summary>The gateway was asked and what became of the charge is still not known.</summary>
internal sealed record PaymentUnresolved(Guid CorrelationId, int Attempt, Unresolved Reason, string? Detail) : IBookingMessage;

internal enum Unresolved
{
    /// <summary>No answer.</summary>
    NoAnswer,

    /// <summary>The gateway answered that it knows no charge of that key. One may still be on its way.</summary>
    NotFound,

    /// <summary>The gateway answered that it could not charge; that call charged nothing.</summary>
    Failed,
}

internal sealed record HoldCancelRequested(Guid CorrelationId, string By) : IBookingMessage;

/// <param name="Request">Distinguishes requests that arrive together.</param>
internal sealed record BookingCancelRequested(Guid CorrelationId, string By, string Request) : IBookingMessage;

/// <summary>The event will not take place.</summary>
internal sealed record CancelForEvent(Guid CorrelationId, string By) : IBookingMessage;

/// <summary>The person was erased, and could not reach the booking any more.</summary>
internal sealed record CancelForErasure(Guid CorrelationId, string By) : IBookingMessage;

/// <summary>Fired by the due index.</summary>
internal sealed record BookingDue(Guid CorrelationId, DateTimeOffset DueAt) : IBookingMessage;

internal sealed record RefundSucceeded(Guid CorrelationId) : IBookingMessage;

internal sealed record RefundFailed(Guid CorrelationId, string? Detail) : IBookingMessage;

/// <summary>Support wants what is waited for to be tried now.</summary>
internal sealed record RetryRequested(Guid CorrelationId, string By) : IBookingMessage;

/// <summary>Support gives the seats of an unresolved payment back to sale; the money is settled afterwards.</summary>
internal sealed record ReleaseRequested(Guid CorrelationId, string By) : IBookingMessage;

/// <summary>The ledger names the ended holding no more.</summary>
internal sealed record SeatsReleased(Guid CorrelationId) : IBookingMessage;

/// <summary>Give back what an ended holding still has in the ledger. To the handler of that name.</summary>
internal sealed record ReleaseSeats(Guid CorrelationId) : ILocalMessage;

/// <summary>Charge an attempt that has just begun. To the payment handler.</summary>
internal sealed record ChargePayment(OpenCharge Charge, DateTimeOffset BegunAt) : ILocalMessage
{
    LocalLane ILocalMessage.Lane => PaymentLanes.Charges;
}

/// <summary>Find out what became of an attempt. To the payment handler.</summary>
internal sealed record LookUpPayment(Guid CorrelationId, int Attempt) : ILocalMessage
{
    LocalLane ILocalMessage.Lane => PaymentLanes.Charges;
}

/// <summary>Free the seats and give the money back. To the refund handler.</summary>
internal sealed record RefundPayment(Guid CorrelationId) : ILocalMessage
{
    LocalLane ILocalMessage.Lane => PaymentLanes.Refunds;
}
