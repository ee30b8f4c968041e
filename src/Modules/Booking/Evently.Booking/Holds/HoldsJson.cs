using System.Text.Json.Serialization;
using Evently.Booking.Ledger;
using Evently.Booking.Seats;

namespace Evently.Booking.Holds;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(HoldSeatsRequest))]
[JsonSerializable(typeof(HoldResponse))]
[JsonSerializable(typeof(HoldingResponse))]
[JsonSerializable(typeof(IReadOnlyList<HoldingResponse>))]
[JsonSerializable(typeof(EventSeat))]
[JsonSerializable(typeof(IReadOnlyList<EventSeat>))]
[JsonSerializable(typeof(SeatMapDocument))]
[JsonSerializable(typeof(LedgerAuditResponse))]
[JsonSerializable(typeof(List<UnavailableSeat>))]
[JsonSerializable(typeof(List<string>))]
internal sealed partial class HoldsJson : JsonSerializerContext;
