using System.Text.Json.Serialization;
using Evently.Booking.Payments;

namespace Evently.Booking.Bookings;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ConfirmHoldRequest))]
[JsonSerializable(typeof(BookingResponse))]
[JsonSerializable(typeof(CancelledHoldResponse))]
[JsonSerializable(typeof(CancelBookingRequest))]
[JsonSerializable(typeof(CancelledBookingResponse))]
[JsonSerializable(typeof(IReadOnlyList<SimulatedPaymentResponse>))]
internal sealed partial class BookingsJson : JsonSerializerContext;
