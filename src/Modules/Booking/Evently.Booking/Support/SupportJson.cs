using System.Text.Json.Serialization;

namespace Evently.Booking.Support;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<SupportBookingRow>))]
[JsonSerializable(typeof(SupportBookingResponse))]
[JsonSerializable(typeof(ActOnBookingRequest))]
[JsonSerializable(typeof(ActOnBookingResponse))]
[JsonSerializable(typeof(IReadOnlyList<QueueResponse>))]
[JsonSerializable(typeof(RedriveResponse))]
internal sealed partial class SupportJson : JsonSerializerContext;
