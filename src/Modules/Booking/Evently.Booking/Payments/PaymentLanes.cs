using Evently.Shared.Messaging;

namespace Evently.Booking.Payments;

/// <summary>Charges, which buyers wait for, and refunds, of which an event that is cancelled causes thousands, do not wait for each other.</summary>
internal static class PaymentLanes
{
    /// <summary>Its handlers do nothing but wait for the gateway.</summary>
    public static readonly LocalLane Charges = new("charges", Concurrency: 2_000);

    public static readonly LocalLane Refunds = new("refunds", Concurrency: 128);
}
