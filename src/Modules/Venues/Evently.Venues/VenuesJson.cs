using System.Text.Json.Serialization;
using Evently.Venues.Seats;

namespace Evently.Venues;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CreateVenueRequest))]
[JsonSerializable(typeof(VenueResponse))]
[JsonSerializable(typeof(IReadOnlyList<VenueResponse>))]
[JsonSerializable(typeof(AddSeatsRequest))]
[JsonSerializable(typeof(SeatsAddedResponse))]
[JsonSerializable(typeof(RemoveSeatsRequest))]
[JsonSerializable(typeof(SeatsRemovedResponse))]
[JsonSerializable(typeof(IReadOnlyList<SeatResponse>))]
[JsonSerializable(typeof(SeatPartDocument))]
internal sealed partial class VenuesJson : JsonSerializerContext;
